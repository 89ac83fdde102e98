/**
 * Everything of a host as it is declared, as one would write it: a task per kind of thing, looping over the items of the
 * host. Changes what differs; run again it changes nothing.
 */
export function applyTasks(): readonly object[] {
  const each = (list: string, label: string): object => ({ loop: `{{ wanted.${list} }}`, loop_control: { label } })
  const owned = { mode: '{{ item.mode }}', owner: '{{ item.owner }}', group: '{{ item.group }}' }
  return [
    {
      name: 'groups',
      'ansible.builtin.group': { name: '{{ item.group }}', system: true },
      ...each('users', '{{ item.group }}'),
    },
    {
      name: 'users',
      'ansible.builtin.user': {
        name: '{{ item.name }}',
        group: '{{ item.group }}',
        system: true,
        home: '/nonexistent',
        create_home: false,
        shell: '/usr/sbin/nologin',
      },
      ...each('users', '{{ item.name }}'),
    },
    {
      name: 'directories',
      'ansible.builtin.file': { path: '{{ item.path }}', state: 'directory', ...owned },
      ...each('directories', '{{ item.path }}'),
    },
    {
      name: 'places for software',
      'ansible.builtin.file': { path: '{{ item.path }}', state: 'directory', mode: '755' },
      ...each('archives', '{{ item.path }}'),
    },
    {
      name: 'software',
      'ansible.builtin.unarchive': {
        src: '{{ item.file }}',
        dest: '{{ item.path }}',
        creates: '{{ item.path }}/bin',
        owner: 'root',
        group: 'root',
        extra_opts: ['--strip-components=1'],
      },
      ...each('archives', '{{ item.path }}'),
    },
    {
      name: 'files',
      'ansible.builtin.copy': { dest: '{{ item.path }}', content: '{{ item.content }}', ...owned },
      register: 'written',
      ...each('files', '{{ item.path }}'),
    },
    {
      name: 'markers of a first start',
      'ansible.builtin.shell': {
        cmd: 'install -o {{ item.owner }} -g {{ item.group }} -m {{ item.mode }} /dev/null {{ item.path }}',
        creates: '{{ item.unless }}',
      },
      ...each('markers', '{{ item.path }}'),
    },
    {
      name: 'units are read',
      'ansible.builtin.systemd_service': { daemon_reload: true },
      when: 'written is changed',
    },
    {
      name: 'units',
      'ansible.builtin.systemd_service': { name: '{{ item }}', state: 'started', enabled: true },
      ...each('units', '{{ item }}'),
    },
    {
      name: 'the daemons answer',
      'ansible.builtin.shell': { cmd: '{{ wanted.await }}', executable: '/bin/bash' },
      changed_when: false,
      when: "wanted.await != ''",
    },
  ]
}
