"""An explanation as a value, and as sentences in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore.errors import Language
from crmcore.kinds import Labels

OPERATION_LABELS: Final[dict[str, tuple[str, str]]] = {
    "read": ("查看", "read"),
    "create": ("新建", "create"),
    "update": ("编辑", "update"),
    "delete": ("删除", "delete"),
    "restore": ("恢复", "restore"),
    "transfer": ("转移", "transfer"),
    "share": ("共享", "share"),
    "claim": ("领取", "claim"),
    "merge": ("合并", "merge"),
    "export": ("导出", "export"),
    "import": ("导入", "import"),
    "bulk_update": ("批量修改", "update in bulk"),
    "report": ("统计", "report on"),
    "approve": ("审批", "approve"),
    "configure": ("配置", "configure"),
    "impersonate": ("代理", "impersonate"),
}
"""What people call operations."""

SCOPE_LABELS: Final[dict[str, tuple[str, str]]] = {
    "all": ("全部", "all records"),
    "own": ("负责人", "owner"),
    "created": ("创建人", "creator"),
    "department": ("同部门", "same department"),
    "department_and_below": ("本部门及下级部门", "department and below"),
    "direct_subordinates": ("直接汇报上级", "direct superior of the owner"),
    "subordinates": ("汇报上级", "superior of the owner"),
    "territory": ("区域", "territory"),
    "pool": ("公海", "public pool"),
    "shared": ("共享", "shared"),
    "team": ("相关团队", "record team"),
}
"""What people call scopes."""

OBSTACLES: Final[dict[str, tuple[str, str]]] = {
    "denied": ("规则「{name}」禁止", "the rule {name} forbids it"),
    "no_grant": ("没有任何角色授予此权限", "no role grants it"),
    "outside": ("记录不在任何授权范围内", "the record lies outside every grant"),
    "not_readable": ("看不到该记录，因此不能操作", "what cannot be seen cannot be worked on"),
    "module_off": ("模块已停用", "the module is switched off"),
    "inactive": ("用户已停用", "the user is switched off"),
    "field": ("字段权限为「{name}」", "the right to the field is {name}"),
    "view": ("被当前视图的条件过滤", "the condition of this view filters it out"),
    "purpose": (
        "当事人未同意用于「{name}」",
        "the person did not consent to the purpose {name}",
    ),
    "no_consents": (
        "外部系统的数据不记录同意，不能用于「{name}」",
        "a table of a host keeps no consents, and is closed to the purpose {name}",
    ),
    "restricted": (
        "当事人的信息已限制处理，仅限保存",
        "the person's data is restricted: it is stored, and nothing else",
    ),
    "in_pool": ("记录在公海中，没有负责人", "the record is in the public pool: nobody owns it"),
    "deleted": ("记录已被 {name} 删除", "the record was deleted by {name}"),
    "merged": ("记录已合并到「{name}」", "the record was merged into {name}"),
    "no_user_then": ("当时还没有该用户", "there was no such user then"),
    "erased": ("当事人的信息已被 {name} 永久删除", "the person's data was erased by {name}"),
    "role_not_in_force": ("角色「{name}」此刻未生效", "the role {name} is not in force now"),
}
"""Why something is not allowed, by code."""

_REMEDIES: Final[dict[str, tuple[str, str]]] = {
    "share": ("与该用户共享此记录", "share this record with the user"),
    "role": ("授予角色「{name}」", "give the role {name}"),
    "denial": ("解除规则「{name}」", "lift the rule {name}"),
    "claim": ("由 {name} 领取", "{name} claims it"),
    "consent": ("取得当事人对「{name}」的同意", "the person consents to the purpose {name}"),
    "release": ("解除对当事人信息的限制", "the person's data is released"),
    "restore": ("恢复该记录", "the record is restored"),
}


@frozen
class Atom:
    """One condition of a grant: as text, whether it holds (`None`: not told), and the value."""

    text: str
    holds: bool | None
    value: object = None


@frozen
class Reason:
    """A grant that decides: of which role, by which scope, on which conditions.

    `since` and `by` tell when, and by whose change, the role last came to say so.
    """

    role: str
    label: Labels
    scope: str | None
    atoms: tuple[Atom, ...]
    since: datetime | None = None
    by: str | None = None

    def message(self, language: Language) -> str:
        """The reason as a sentence."""
        role = self.label.shown(language, self.role)
        told = "; ".join(atom.text for atom in self.atoms)
        named = "" if self.scope is None else scope_label(self.scope, language)
        if language == "zh":
            return (
                f"角色「{role}」授予"
                + (f"（{named}）" if named else "")
                + (f"：{told}" if told else "")
            )
        return (
            f"the role {role} grants it"
            + (f" ({named})" if named else "")
            + (f": {told}" if told else "")
        )


@frozen
class Obstacle:
    """Something that stands against it; see `OBSTACLES`. `since` tells when it was deleted."""

    code: str
    name: str = ""
    atoms: tuple[Atom, ...] = ()
    since: datetime | None = None

    def message(self, language: Language) -> str:
        """The obstacle as a sentence."""
        told = OBSTACLES[self.code][0 if language == "zh" else 1].replace("{name}", self.name)
        atoms = "; ".join(atom.text for atom in self.atoms)
        return f"{told}: {atoms}" if atoms else told


@frozen
class Remedy:
    """A change that would allow it, and how many records it would open besides.

    Who may not configure the workspace is not told how many there are (`None`).
    """

    code: str
    name: str
    exposes: int | None

    def message(self, language: Language) -> str:
        """The remedy as a sentence."""
        what = _REMEDIES[self.code][0 if language == "zh" else 1].replace("{name}", self.name)
        if language == "zh":
            return what if self.exposes is None else f"{what}（另外开放 {self.exposes:,} 条记录）"
        return what if self.exposes is None else f"{what} (opens {self.exposes:,} records besides)"


@frozen
class Explanation:
    """Whether `user` may do `operation` with the record, and why.

    Allowed: `reasons` are the grants that hold, the one with the fewest conditions first.
    Not: `obstacles`, and `remedies`, the one that opens least first.
    """

    allowed: bool
    user: str
    operation: str
    module: str
    record: str
    field: str | None = None
    reasons: tuple[Reason, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    def lines(self, language: Language = "en") -> Iterator[str]:
        """The explanation, a sentence per line."""
        operation = OPERATION_LABELS[self.operation][0 if language == "zh" else 1]
        if language == "zh":
            yield f"{'可以' if self.allowed else '不可以'}{operation}"
        else:
            yield f"may {'' if self.allowed else 'not '}{operation}"
        yield from (one.message(language) for one in self.reasons)
        yield from (one.message(language) for one in self.obstacles)
        for remedy in self.remedies:
            yield ("可行办法：" if language == "zh" else "remedy: ") + remedy.message(language)


def scope_label(scope: str, language: Language) -> str:
    """What people call a scope; `via:account` is inheritance along that link."""
    if scope.startswith("via:"):
        link = scope.partition(":")[2]
        return f"继承自 {link}" if language == "zh" else f"inherited along {link}"
    return SCOPE_LABELS[scope][0 if language == "zh" else 1]


def operation_named(word: str) -> str:
    """The operation that `word` means, in Chinese or English; `word` where it means none."""
    names = {label: name for name, labels in OPERATION_LABELS.items() for label in labels}
    return names.get(word, word)
