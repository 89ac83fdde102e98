"""Everything of one host as its inventory data declares it, and the questions that show that it works."""

from io import StringIO

from pyinfra import host
from pyinfra.facts.files import Directory, File
from pyinfra.facts.server import Command, Users
from pyinfra.operations import files, server, systemd

wanted = host.data.wanted
checks = host.data.checks

for user in wanted["users"]:
    server.group(name=f"group {user['group']}", group=user["group"], system=True)
    server.user(
        name=f"user {user['name']}",
        user=user["name"],
        group=user["group"],
        system=True,
        home="/nonexistent",
        shell="/usr/sbin/nologin",
        ensure_home=False,
    )

for directory in wanted["directories"]:
    files.directory(
        name=directory["path"],
        path=directory["path"],
        mode=directory["mode"],
        user=directory["owner"],
        group=directory["group"],
    )

for archive in wanted["archives"]:
    if host.get_fact(Directory, path=archive["path"]) is None:
        files.put(name="archive", src=archive["file"], dest=archive["store"])
        server.shell(name=archive["path"], commands=[archive["unpack"]])

written = [
    files.put(
        name=file["path"],
        src=StringIO(file["content"]),
        dest=file["path"],
        mode=file["mode"],
        user=file["owner"],
        group=file["group"],
    )
    for file in wanted["files"]
]

for marker in wanted["markers"]:
    if host.get_fact(Directory, path=marker["unless"]) is None:
        files.file(name=marker["path"], path=marker["path"], user=marker["owner"], group=marker["group"])

systemd.daemon_reload(name="units are read", _if=lambda: any(one.did_change() for one in written))
for unit in wanted["units"]:
    systemd.service(name=unit, service=unit, running=True, enabled=True)
if wanted["await"]:
    server.shell(name="the daemons answer", commands=[wanted["await"]])


def must(what, holds):
    if not holds:
        raise ValueError(f"{host.name}: {what} is not as it is to be")


if checks:
    users = host.get_fact(Users)
    for name in checks["users"]:
        must(name, name in users)
    for home in checks["javaHomes"]:
        must(home, host.get_fact(File, path=f"{home}/release"))
    for one in checks["commands"]:
        must(one["command"], host.get_fact(Command, command=one["command"]) == one["said"])
