"""`backup`, `verify`, `restore`, `move` and `extract`."""

from __future__ import annotations

from pathlib import Path

from crmcore.archive import Manifest, backup, move, renew_keys, restore, verify
from crmcore.archive import abandon as given_up
from crmcore.cli.anchors import anchor
from crmcore.cli.command import argument, command, flag, option
from crmcore.cli.desk import Desk, open_existing
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import keeping
from crmcore.cli.places import as_url, file_of
from crmcore.encrypting import new_keys, read_keys
from crmcore.errors import WorkspaceError
from crmcore.errors.files import checked_name, file_access
from crmcore.work import Workspace

_HEX = 64


@command(
    "backup",
    keeping.BACKUP,
    argument("store"),
    argument("file"),
    option("--since", metavar="FILE"),
    option("--key-file", metavar="FILE"),
    flag("--plain"),
)
def backup_(
    desk: Desk, store: str, file: str, since: str | None, key_file: str | None, plain: bool
) -> None:
    """Write an archive."""
    key = _key(key_file)
    made = backup(_opened(desk, store), file, since=since, key=key, plain=plain)
    _tell(desk, file, made)


@command(
    "verify",
    keeping.VERIFY,
    argument("file"),
    flag("--fast"),
    option("--head", metavar="HEAD"),
    option("--key-file", metavar="FILE"),
)
def verify_(desk: Desk, file: str, fast: bool, head: str | None, key_file: str | None) -> None:
    """Check an archive."""
    if fast and head is not None:
        raise desk.bad("--head", "not with --fast", "不能与 --fast 同用")
    known = None if head is None else anchor(head)
    found = verify(file, key=_key(key_file), full=not fast, head=known)
    _tell(desk, file, found)
    sound = desk.tongue("the manifest is in order", "清单完好")
    desk.screen.line(sound if fast else desk.tongue("every byte is in order", "每个字节都完好"))


@command(
    "restore",
    keeping.RESTORE,
    argument("files", many=True, required=False),
    argument("target"),
    flag("--abandon"),
    option("--key-file", metavar="FILE"),
)
def restore_(
    desk: Desk, files: tuple[str, ...], target: str, abandon: bool, key_file: str | None
) -> None:
    """Make a workspace of archives."""
    if abandon:
        _abandon(desk, files, target)
        return
    if not files:
        raise desk.bad("FILES", "name an archive", "请给出备份文件")
    found = restore(files, _lasting(target), key=_key(key_file), keys=desk.keys())
    _tell(desk, target, found)


@command(
    "move",
    keeping.MOVE,
    argument("source"),
    argument("target"),
    flag("--verify"),
    flag("--no-verify"),
    option("--target-keys", metavar="FILE"),
)
def move_(
    desk: Desk, source: str, target: str, verify: bool, no_verify: bool, target_keys: str | None
) -> int:
    """Copy a live workspace to another store."""
    if verify and no_verify:
        raise desk.bad("--verify", "not with --no-verify", "不能与 --no-verify 同用")
    keys = desk.keys() if target_keys is None else read_keys(target_keys)
    crm = _opened(desk, source)
    done = move(crm, _lasting(target), verify=not no_verify, keys=keys)
    desk.screen.data(
        {
            "position": done.position,
            "source": done.source,
            "target": done.target,
            "behind": done.behind,
        }
    )
    for name, digest in ((source, done.source), (target, done.target)):
        if digest is not None:
            desk.screen.line(f"{name}  full  {digest}")
    desk.screen.line(
        desk.tongue(f"moved, as of position {done.position}", f"已迁移，截至位置 {done.position}")
    )
    if done.behind:
        desk.screen.note(
            desk.tongue(
                f"{done.behind} changes were written to the source since: stop its writers"
                " and move to another empty place",
                f"此后来源又有 {done.behind} 次更改：请停止写入，并重新迁移到另一个空位置",
            )
        )
    return REFUSED if done.behind else OK


@command(
    "keys",
    keeping.KEYS,
    argument("file"),
    option("--name", metavar="NAME"),
    option("--beside", metavar="FILE"),
)
def keys_(desk: Desk, file: str, name: str | None, beside: str | None) -> None:
    """Make a file of keys."""
    former = None if beside is None else read_keys(beside)
    made = new_keys(file, name or f"key{len(former.ids) + 1 if former else 1}", former)
    desk.screen.data({"file": file, "current": made.current, "keys": list(made.ids)})
    text = (f"{file}: the current key is {made.current}", f"{file}：当前密钥为 {made.current}")
    desk.screen.line(desk.tongue(*text))


@command("rekey", keeping.REKEY, argument("store"))
def rekey_(desk: Desk, store: str) -> int:
    """Encrypt everything again under the current key."""
    done = renew_keys(_opened(desk, store))
    count = sum(done.values.values())
    desk.screen.data({"current": done.current, "values": dict(done.values), "left": done.left})
    text = (
        f"{count} values encrypted again under {done.current}",
        f"{count} 个值已用 {done.current} 重新加密",
    )
    desk.screen.line(desk.tongue(*text))
    if done.left:
        desk.screen.note(
            desk.tongue(
                f"{done.left} values are under other keys still: programs with an older file of"
                " keys write them; start those again, then do this again",
                f"仍有 {done.left} 个值使用其他密钥：有程序仍用旧密钥写入；请重启后再执行一次",
            )
        )
    return REFUSED if done.left else OK


@command(
    "extract",
    keeping.EXTRACT,
    argument("store"),
    argument("folder"),
    option("--module", "modules", many=True, metavar="MODULE"),
    flag("--no-history"),
)
def extract_(
    desk: Desk, store: str, folder: str, modules: tuple[str, ...], no_history: bool
) -> None:
    """Write Parquet files."""
    crm = _opened(desk, store)
    made = crm.extract(folder, modules=modules or None, history=not no_history)
    found = [{"file": str(one.path), "module": one.module, "rows": one.rows} for one in made]
    desk.screen.data({"files": found})
    for one in made:
        desk.screen.line(desk.tongue(f"{one.path}: {one.rows} rows", f"{one.path}：{one.rows} 行"))


def _abandon(desk: Desk, files: tuple[str, ...], target: str) -> None:
    """Empty the store at `target`, in which a restore was not finished."""
    if files:
        raise desk.bad("--abandon", "takes the target alone", "只接受目标")
    url = as_url(target, Path())
    path = file_of(url)
    if path is not None and not path.is_file():
        raise WorkspaceError("no_such_store", name=str(path))
    done = given_up(url)
    desk.screen.data({"removed": list(done.tables)})
    for name in done.tables:
        desk.screen.line(f"  {name}", "dim")
    desk.screen.line(
        desk.tongue(
            f"{target}: what an unfinished restore had left is gone, {len(done.tables)} tables",
            f"{target}：未完成的恢复所留下的内容已清除，共 {len(done.tables)} 个表",
        )
    )


def _lasting(target: str) -> str:
    """The URL of `target`, which is there after the command; raises `WorkspaceError`."""
    url = as_url(target, Path())
    is_memory = url.startswith("memory:")
    if is_memory or (url.startswith("sqlite") and file_of(url) is None):
        raise WorkspaceError("target_is_memory", name=target)
    return url


def _opened(desk: Desk, name: str) -> Workspace:
    crm = desk.keep(open_existing(as_url(name, Path()), desk.keys()))
    return crm.as_(desk.user) if desk.user else crm


def _key(file: str | None) -> bytes | None:
    """The key in `file`: as it is, or as hexadecimal digits; `Invalid` tells of others later."""
    if file is None:
        return None
    with file_access(file):
        found = Path(checked_name(file)).read_bytes()
    text = found.strip()
    if len(text) == _HEX:
        try:
            return bytes.fromhex(text.decode())
        except ValueError:
            return found
    return found


def _tell(desk: Desk, name: str, manifest: Manifest) -> None:
    desk.screen.data(
        {
            "name": name,
            "position": manifest.position,
            "after": manifest.after,
            "versions": manifest.records,
            "full": manifest.full,
            "identity": manifest.identity,
        }
    )
    desk.screen.line(
        desk.tongue(
            f"{name}: {manifest.records} versions, as of position {manifest.position}",
            f"{name}：{manifest.records} 个版本，截至位置 {manifest.position}",
        )
    )
    desk.screen.line(f"{name}  full  {manifest.full}")
