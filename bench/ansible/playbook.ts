import { stringify } from 'yaml'
import { quote } from '../../src/formats/shell.ts'
import type { HostChecks } from '../peers/checks.ts'
import { applyTasks } from './apply.ts'

/** One task per kind of check, with the module made for it, looping over the items of the host: as one would write it. */
export function playbookOfModules(): string {
  const each = (list: string, label: string): object => ({ loop: `{{ checks.${list} }}`, loop_control: { label } })
  const sameOwnerAndMode =
    "found.stat.pw_name == item.owner and found.stat.gr_name == item.group and (found.stat.mode | regex_replace('^0+', '')) == item.mode"
  return play([
    {
      name: 'files',
      'ansible.builtin.stat': {
        path: '{{ item.path }}',
        checksum_algorithm: 'sha256',
        get_mime: false,
        get_attributes: false,
      },
      register: 'found',
      failed_when: `not (found.stat.exists and found.stat.checksum == item.sha256 and ${sameOwnerAndMode})`,
      ...each('files', '{{ item.path }}'),
    },
    {
      name: 'directories',
      'ansible.builtin.stat': {
        path: '{{ item.path }}',
        get_checksum: false,
        get_mime: false,
        get_attributes: false,
      },
      register: 'found',
      failed_when: `not (found.stat.exists and found.stat.isdir and ${sameOwnerAndMode})`,
      ...each('directories', '{{ item.path }}'),
    },
    {
      name: 'units',
      'ansible.builtin.systemd_service': { name: '{{ item }}', state: 'started', enabled: true },
      check_mode: true,
      register: 'unit',
      failed_when: 'unit is changed',
      ...each('units', '{{ item }}'),
    },
    {
      name: 'software',
      'ansible.builtin.shell': { cmd: '{{ item.command }}', executable: '/bin/bash' },
      changed_when: false,
      register: 'listing',
      failed_when: 'listing.stdout != item.listing',
      ...each('software', '{{ item.path }}'),
    },
    {
      name: 'packages',
      'ansible.builtin.command': { argv: ['dpkg-query', '-W', '{{ item }}'] },
      changed_when: false,
      ...each('packages', '{{ item }}'),
    },
    {
      name: 'java',
      'ansible.builtin.command': { argv: ['cat', '{{ item }}/release'] },
      changed_when: false,
      ...each('javaHomes', '{{ item }}'),
    },
    {
      name: 'users',
      'ansible.builtin.getent': { database: 'passwd', key: '{{ item }}' },
      ...each('users', '{{ item }}'),
    },
    {
      name: 'listeners',
      'ansible.builtin.command': { argv: ['ss', '-Hltnp'] },
      changed_when: false,
      register: 'sockets',
      failed_when: "listening | reject('in', sockets.stdout) | list | length > 0",
    },
    {
      name: 'four-letter words',
      'ansible.builtin.shell': {
        cmd: "exec 3<>/dev/tcp/{{ item.address }}/{{ item.port }} && printf '%s' '{{ item.send }}' >&3 && cat <&3",
        executable: '/bin/bash',
      },
      changed_when: false,
      register: 'said',
      failed_when: "said.stdout == ''",
      ...each('talks', '{{ item.port }}'),
    },
    {
      name: 'http',
      'ansible.builtin.uri': { url: '{{ item }}', return_content: true, timeout: 5 },
      ...each('urls', '{{ item }}'),
    },
  ])
}

/** The same checks in one shell task per host: the least that Ansible can be made to do, and not what people write. */
export function playbookOfOneTask(): string {
  return play([
    {
      name: 'everything',
      'ansible.builtin.shell': { cmd: '{{ script }}', executable: '/bin/bash' },
      changed_when: false,
    },
  ])
}

/** Brings the hosts to what is declared. */
export function playbookOfState(): string {
  return play(applyTasks())
}

function play(tasks: readonly object[]): string {
  return stringify([{ hosts: 'all', gather_facts: false, become: true, tasks }])
}

/** Bash that makes all checks of a host and exits with 1 when one fails. */
export function scriptOf(checks: HostChecks): string {
  const stats = [...checks.files, ...checks.directories]
  const units = checks.units.map(quote).join(' ')
  const lines = [
    'set -u; bad=0',
    `sha256sum --quiet -c - <<'END' || bad=1\n${checks.files.map((file) => `${file.sha256}  ${file.path}`).join('\n')}\nEND`,
    `diff -q - <(stat -c '%n %a %U %G' ${stats.map(({ path }) => quote(path)).join(' ')}) >/dev/null <<'END' || bad=1\n${stats
      .map(({ path, mode, owner, group }) => `${path} ${mode} ${owner} ${group}`)
      .join('\n')}\nEND`,
    ...(units === '' ? [] : [`systemctl is-active --quiet ${units} && systemctl is-enabled --quiet ${units} || bad=1`]),
    ...checks.software.map(({ command, listing }) => `[[ "$( ${command})" == ${listing} ]] || bad=1`),
    ...checks.packages.map((name) => `dpkg-query -W ${quote(name)} >/dev/null || bad=1`),
    ...checks.javaHomes.map((home) => `[[ -r ${quote(`${home}/release`)} ]] || bad=1`),
    ...checks.users.map((name) => `getent passwd ${quote(name)} >/dev/null || bad=1`),
    'sockets=$(ss -Hltnp)',
    ...checks.ports.map((port) => `[[ "$sockets" == *:${port}' '* ]] || bad=1`),
    ...checks.talks.map(
      ({ address, port, send }) =>
        `said=$(exec 3<>/dev/tcp/${address}/${port} && printf '%s' ${quote(send)} >&3 && cat <&3); [[ -n "$said" ]] || bad=1`,
    ),
    ...checks.urls.map((url) => {
      const { hostname, port, pathname, search } = new URL(url)
      const request = `GET ${pathname}${search} HTTP/1.0\\r\\n\\r\\n`
      return `said=$(exec 3<>/dev/tcp/${hostname}/${port} && printf ${quote(request)} >&3 && cat <&3); [[ "$said" == *' 200 '* ]] || bad=1`
    }),
    'exit $bad',
  ]
  return `${lines.join('\n')}\n`
}
