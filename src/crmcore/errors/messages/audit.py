"""Sentences of the codes raised about audit entries, chains and misuse."""

MESSAGES: dict[str, tuple[str, str]] = {
    "unknown_note": (
        "{name} is no kind of audit entry; known: {known}",
        "没有审计类型 {name}；可用：{known}",
    ),
    "not_an_anchor": (
        "this is no head of an audit chain; it looks like crm1:…",
        "这不是审计链头；应形如 crm1:…",
    ),
    "audit_unreadable": (
        "the store holds what cannot be read ({name}): it was not written by this library",
        "存储中有无法读取的内容（{name}）：并非由本库写入",
    ),
    "audit_conversion": (
        "the value is not what the former one was converted to",
        "该值与此前转换所得的不一致",
    ),
    "audit_gap": (
        "change set {position} is missing; {found} stands in its place",
        "缺少变更集 {position}，其位置上是 {found}",
    ),
    "audit_link_broken": (
        "change set {position} is not the one that was sealed",
        "变更集 {position} 与封存时不同",
    ),
    "audit_erased_differs": (
        "what an erasure left of this version was changed since",
        "个人信息删除后所余内容此后被修改",
    ),
    "audit_head_differs": (
        "the change sets end at {position}, but the head says {head}",
        "变更集止于 {position}，而链头记为 {head}",
    ),
    "audit_unknown_set": (
        "a version names a change set that does not exist",
        "某版本所属的变更集不存在",
    ),
    "audit_root_differs": (
        "what change set {position} ({change_set}) wrote was changed, removed or added to; "
        "found of it: {records}",
        "变更集 {position}（{change_set}）写入的内容被修改、删除或添加；现有：{records}",
    ),
    "audit_version_gap": ("a version is missing or surplus", "缺少或多出一个版本"),
    "audit_wrong_ending": (
        "the version does not end where the next one begins",
        "该版本的终止与下一版本不衔接",
    ),
    "audit_unknown_schema": (
        "the definition that the version was written under is missing",
        "缺少写入该版本时所用的定义",
    ),
    "audit_rewritten": (
        "the version differs from the one before in more than the batch change set",
        "该版本与前一版本的差异超出批量修改的内容",
    ),
    "audit_operation_differs": (
        "the operation is not as its last change set told",
        "该操作与其最后变更集所述不同",
    ),
    "audit_content_differs": (
        "the records are not those that the content digest counts",
        "记录与内容摘要不符",
    ),
    "audit_entry_gap": (
        "audit entry {position} is missing; {found} stands in its place",
        "缺少审计记录 {position}，其位置上是 {found}",
    ),
    "audit_entry_broken": (
        "audit entry {position} is not as it was written",
        "审计记录 {position} 与写入时不同",
    ),
    "audit_entry_head": (
        "the audit entries end at {position}, but their head says {head}",
        "审计记录止于 {position}，而链头记为 {head}",
    ),
    "audit_anchor": (
        "change set {position} is not the anchored one; the last one is {last}",
        "变更集 {position} 与外部存证不符；最后一个为 {last}",
    ),
    "audit_entry_anchor": (
        "audit entry {position} is not the anchored one; the last one is {last}",
        "审计记录 {position} 与外部存证不符；最后一条为 {last}",
    ),
    "watch_ask": (
        "this stands out today; a reason is needed",
        "今日行为异常，需说明原因",
    ),
    "watch_block": ("this stands out too far and was stopped", "行为严重异常，操作已被阻止"),
    "watch_exported": (
        "{amount} records read in bulk or exported today; {usual} are usual (score {score})",
        "今日批量读取或导出 {amount} 条；平日为 {usual} 条（偏离度 {score}）",
    ),
    "watch_opened": (
        "{amount} records opened today; {usual} are usual (score {score})",
        "今日打开 {amount} 条记录；平日为 {usual} 条（偏离度 {score}）",
    ),
    "watch_deleted": (
        "{amount} records removed today; {usual} are usual (score {score})",
        "今日删除 {amount} 条记录；平日为 {usual} 条（偏离度 {score}）",
    ),
    "watch_denied": (
        "{amount} refusals today; {usual} are usual (score {score})",
        "今日被拒绝 {amount} 次；平日为 {usual} 次（偏离度 {score}）",
    ),
    "watch_off_hours": (
        "{amount} acts today at hours at which there were none before (score {score})",
        "今日在以往从不操作的时段有 {amount} 次操作（偏离度 {score}）",
    ),
    "watch_probing": (
        "{amount} questions today that differ in a limit alone, as when a value is searched by "
        "halves; {usual} are usual (score {score})",
        "今日有 {amount} 次仅界限不同的查询，形同折半探查数值；平日为 {usual} 次（偏离度 {score}）",
    ),
    "watch_owner_changed": (
        "{amount} records given to somebody else today; {usual} are usual (score {score})",
        "今日转移 {amount} 条记录的归属；平日为 {usual} 条（偏离度 {score}）",
    ),
}
