"""Sentences of the codes raised about reviews of rights."""

MESSAGES: dict[str, tuple[str, str]] = {
    "bad_assertion": (
        "{text} is no assertion; it reads ROLE|USER [!]OPERATION MODULE[.FIELD] [when CONDITION]",
        "“{text}”不是断言；应为：角色或用户 [!]操作 模块[.字段] [when 条件]",
    ),
    "unknown_role_or_user": ("there is no role or user {name}", "没有角色或用户 {name}"),
    "subject_ambiguous": (
        "{name} may be several; write role:… or user:…, or the id",
        "{name} 不唯一；请写 角色:… 或 用户:…，或写编号",
    ),
    "bad_duties": (
        "the rule {name} needs two duties or more, each an operation on a module",
        "规则 {name} 至少需要两项职责，每项为对某模块的一种操作",
    ),
    "duties_together": (
        "{user} would have duties that the rule {rule} keeps apart: {duties}",
        "{user} 将同时拥有规则“{rule}”要求分离的职责：{duties}",
    ),
    "reviewer_unnamed": (
        "a review is decided by a person who is named",
        "审查须由具名人员决定",
    ),
    "own_rights": ("nobody decides on rights of his own", "不得审查自己的权限"),
    "review_closed": ("this review is signed and over", "该审查已签署结束"),
    "review_preparing": (
        "this review is not ready yet: begin it again with the same op_id",
        "该审查尚未准备完毕：请用相同的 op_id 再次启动",
    ),
    "review_open": ("this review is not signed yet", "该审查尚未签署"),
    "review_undecided": (
        "{count} rights are not decided on yet",
        "还有 {count} 项权限未作决定",
    ),
    "review_changed": (
        "what was to be reviewed is not what it was when the review began",
        "审查内容与开始时的快照不一致",
    ),
    "unknown_decision": (
        "{name} is no decision; known: {known}",
        "没有决定“{name}”；可用：{known}",
    ),
}
