"""Sentences of the codes raised by workspaces and units of work."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_writable": ("this field cannot be written", "该字段不可写入"),
    "given_twice": ("the field is given twice, as {name} too", "字段重复给出（{name}）"),
    "not_allowed": ("you may not {operation} here", "您没有此处的 {operation} 权限"),
    "not_a_key_value": ("{name} of a key is one value", "关键值 {name} 须为单个值"),
    "not_a_record": (
        "a record is given as a mapping of names to values, not as {kind}",
        "记录须以“名称 → 值”的映射给出，而不是 {kind}",
    ),
    "bad_argument": ("{name} must be {wanted}", "参数 {name} 须为 {wanted}"),
    "erased": ("its personal values were erased", "其个人信息已被删除"),
    "purged": ("its former values were purged", "原来的值已被清除"),
    "edited_since": ("edited since", "此后已被修改"),
    "removed_since": ("removed since", "此后已被删除"),
    "made_again_since": ("made again since", "此后已重新建立"),
    "field_not_exported": (
        "personal data: no role of yours exports this field",
        "个人信息：您的角色均未开放导出该字段",
    ),
    "field_not_writable": ("you may not change this field", "您无权修改该字段"),
    "row_limit": (
        "you may {operation} at most {limit} records at once",
        "您一次最多可{operation} {limit} 条记录",
    ),
    "already_claimed": ("somebody has claimed it already", "该记录已被他人领取"),
    "no_owner": ("records of this module have no owner", "该模块的记录没有负责人"),
    "share_with_one": (
        "a record is shared with one user, one department or one role",
        "一次共享须且只能指定一个用户、一个部门或一个角色",
    ),
    "four_eyes": (
        "who asked for a change cannot decide it; it takes somebody else",
        "不能审批自己提交的变更，须由他人审批",
    ),
    "outside_scope": (
        "the record lies outside what you may change",
        "该记录超出您可修改的范围",
    ),
    "not_found": ("there is no such record", "没有该记录"),
    "required": ("a value is required", "必填"),
    "link_not_found": ("there is no {target} with {key}", "没有 {key} 的 {target} 记录"),
    "link_ambiguous": (
        "more than one {target} has {key}",
        "有多条 {target} 记录的 {key} 相同",
    ),
    "empty_key": ("the key is empty", "关键值为空"),
    "in_use": ("the record is in use", "该记录正被使用"),
    "too_many_writes": (
        "one unit of work writes at most {limit} records; split the work into steps",
        "一次工作单元最多写 {limit} 条记录，请分步进行",
    ),
    "record_too_large": ("a record holds at most {limit} bytes", "一条记录最多 {limit} 字节"),
    "unit_too_large": (
        "one unit of work writes at most {limit} bytes",
        "一次工作单元最多写 {limit} 字节",
    ),
    "configuration_changed": (
        "rights or schema changed meanwhile; run it again",
        "权限或结构已变更，请重新执行",
    ),
    "not_a_workspace": ("the store holds no workspace", "该存储中没有工作区"),
    "impersonated_may_more": (
        "this user may configure or impersonate, and you may not: nobody gains rights as another",
        "该用户拥有您所没有的配置或代理权限：不可借他人身份获得更多权限",
    ),
    "unknown_user": ("there is no such active user", "没有该用户或用户已停用"),
    "second_unit": (
        "this thread already writes in another unit of work; pass that one on instead",
        "本线程已有正在写入的工作单元，请传递并使用它",
    ),
    "unit_broken": (
        "an error ended the unit of work; nothing of it remains",
        "工作单元因错误而结束，未保留任何更改",
    ),
    "unit_over": ("the unit of work is over", "工作单元已结束"),
    "unit_not_entered": (
        "use the unit of work in a with statement",
        "请在 with 语句中使用工作单元",
    ),
    "op_mismatch": (
        "the op_id {op_id} was used for another request",
        "操作号 {op_id} 已用于另一个请求",
    ),
    "unknown_digest": (
        "there is no digest {name}; known: {known}",
        "没有摘要 {name}；可用：{known}",
    ),
    "request_not_json": ("a request must be plain JSON", "请求必须是普通 JSON"),
    "result_not_json": ("the result of an operation must be plain JSON", "操作结果必须是普通 JSON"),
    "result_too_large": ("the result has more than {limit} bytes", "操作结果超过 {limit} 字节"),
    "no_such_operation": ("there is no operation {op_id}", "没有操作 {op_id}"),
    "past_purged": (
        "what was before position {first} was purged, and is not answered for",
        "位置 {first} 之前的内容已被清除，无法查询",
    ),
    "beyond_horizon": ("{moment} lies outside the history", "{moment} 不在历史范围内"),
    "unknown_scheme": (
        "no backend opens {url}; known: {known}",
        "没有能打开 {url} 的后端；已有：{known}",
    ),
    "needs_configure": ("you may not change the configuration", "您没有修改配置的权限"),
    "roll_up_link": (
        "{name} is no single link to {target}",
        "{name} 不是指向 {target} 的单值关联",
    ),
    "roll_up_kind": (
        "{name} ({kind}) cannot hold a {function} of what is counted",
        "{name}（{kind}）不能存放该 {function} 汇总",
    ),
    "not_local": (
        "it reads other records: show those by a linked field or a roll-up",
        "它读取了其他记录：请改用引用字段或汇总字段",
    ),
    "values_replaced": (
        "{name} has values of its own, which would be replaced: use a new field",
        "{name} 已有数据，将被覆盖：请使用新字段",
    ),
    "computed_in_circle": (
        "computed fields read each other in a circle: {names}",
        "计算字段互相引用，形成循环：{names}",
    ),
    "reads_roll_up": (
        "{name} is a roll-up, and nothing is computed of those",
        "{name} 是汇总字段，不能参与其他计算",
    ),
    "bad_rule": (
        "the computed field {name} has no place: {reason}",
        "计算字段 {name} 不成立：{reason}",
    ),
    "not_a_key": ("{fields} is no unique key of the module", "{fields} 不是该模块的唯一键"),
    "unknown_template": (
        "there is no entry template {name}; nearest: {suggestion}; known: {known}",
        "没有录入模板 {name}；最接近：{suggestion}；已有：{known}",
    ),
}
