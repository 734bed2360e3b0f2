"""Sentences of the codes raised by schemas."""

MESSAGES: dict[str, tuple[str, str]] = {
    "field_ambiguous": (
        "{name} names more than one field: {meant}",
        "{name} 对应多个字段：{meant}",
    ),
    "unknown_field": (
        "there is no field {name}; nearest: {suggestion}; known: {known}",
        "没有字段 {name}；最接近：{suggestion}；已有：{known}",
    ),
    "module_ambiguous": (
        "{name} names more than one module: {meant}",
        "{name} 对应多个模块：{meant}",
    ),
    "unknown_module": (
        "there is no module {name}; nearest: {suggestion}; known: {known}",
        "没有模块 {name}；最接近：{suggestion}；已有：{known}",
    ),
    "name_repeated": ("the {what} {name} is defined twice", "{what} {name} 重复定义"),
    "bad_name": (
        "{name} is no name: lower-case letters, digits and _, starting with a letter, at most 40",
        "{name} 不是合法名称：小写字母、数字和下划线，以字母开头，最多 40 个字符",
    ),
    "name_reserved": ("the name {name} is reserved", "名称 {name} 为系统保留"),
    "too_many_fields": ("a module has at most {limit} fields", "一个模块最多 {limit} 个字段"),
    "too_many_indexes": ("a module has at most {limit} indexes", "一个模块最多 {limit} 个索引"),
    "unknown_title": ("the title field {title} does not exist", "标题字段 {title} 不存在"),
    "template_field": (
        "the template {template} uses the unknown field {name}",
        "录入模板 {template} 使用了不存在的字段 {name}",
    ),
    "unknown_target": ("the linked module {target} does not exist", "关联模块 {target} 不存在"),
    "detach_required": (
        "a required link cannot be emptied when its target is removed; use restrict or cascade",
        "必填关联不能在目标删除时清空，请用 restrict 或 cascade",
    ),
    "not_unique_kind": ("values of kind {kind} cannot be unique", "{kind} 类型不能设为唯一"),
    "not_folded_kind": (
        "only sorted text can be unique in its folded form, not {kind}",
        "只有可排序文本可按折叠形式唯一，{kind} 不可以",
    ),
    "bad_option_code": ("{code} is no option code", "{code} 不是合法的选项代码"),
    "unknown_key_field": (
        "the key uses the unknown field {name}",
        "唯一键使用了不存在的字段 {name}",
    ),
    "number_repeated": (
        "the number {number} names two things of the sort {what}",
        "编号 {number} 重复（{what}）",
    ),
    "not_a_title": (
        "a field of kind {kind} cannot be the title of a record",
        "{kind} 类型的字段不能作为标题",
    ),
    "bad_label": (
        "{label} cannot be shown: too long, or it holds control characters",
        "{label} 不能作为标签或说明：过长或含有控制字符",
    ),
    "not_stored": (
        "{name} is read through a link and cannot be unique or indexed",
        "{name} 经关联读取，不能设为唯一或索引",
    ),
    "preset_kind": (
        "the preset {source} does not fit the kind {kind}",
        "预设值 {source} 不适用于 {kind} 类型",
    ),
    "too_many_options": ("a list has at most {limit} options", "选项最多 {limit} 个"),
    "key_without_fields": ("a key needs at least one field", "唯一键至少需要一个字段"),
    "option_vanished": (
        "the option {name} is gone; retire it instead",
        "选项 {name} 消失了；请改为停用",
    ),
    "no_options": ("{kind} is no list of options", "{kind} 不是选项列表"),
    "unknown_key": ("there is no key over {name}", "没有基于 {name} 的唯一键"),
    "unknown_option": ("there is no option {name}", "没有选项 {name}"),
    "not_numbered": (
        "{name} has no number yet: adopt the schema before it is changed",
        "{name} 尚无编号：请先采用该模式再修改",
    ),
    "field_is_title": (
        "{name} is the title of the module; name another title first",
        "{name} 是模块的标题字段，请先另设标题",
    ),
    "field_in_key": (
        "{name} is part of a unique key; drop the key first",
        "{name} 属于唯一键，请先删除该唯一键",
    ),
    "module_vanished": (
        "the module {name} is gone; retire it instead",
        "模块 {name} 消失了；请改为停用",
    ),
    "module_renamed": (
        "a module keeps its name for life: it is not called {name}, but may be labeled so; former"
        " labels stay understood",
        "模块名称终身不变：不能改名为 {name}，但可以改标签，原标签仍可使用",
    ),
    "field_vanished": (
        "the field {name} is gone; retire it instead",
        "字段 {name} 消失了；请改为停用",
    ),
    "not_a_schema": ("this is no schema: {reason}", "这不是有效的模式定义：{reason}"),
    "unknown_operation": (
        "there is no operation {name}; known: {known}",
        "没有操作 {name}；已有：{known}",
    ),
    "unknown_scope": ("there is no scope {name}; known: {known}", "没有范围 {name}；可用：{known}"),
    "unknown_mask": (
        "there is no mask {name}; known: {known}",
        "没有脱敏方式 {name}；可用：{known}",
    ),
    "unknown_classification": (
        "there is no classification {name}; known: {known}",
        "没有数据分级 {name}；可用：{known}",
    ),
    "exports_without_export": (
        "fields to be exported are named in a grant of {name} without the operation export",
        "对 {name} 的授权列出了可导出字段，却没有 export 操作",
    ),
    "unknown_level": ("there is no level {name}; known: {known}", "没有级别 {name}；可用：{known}"),
    "bad_limits": (
        "a limit is a number of records for one of {known}, not {name}",
        "数量限制须为 {known} 之一的记录条数，而不是 {name}",
    ),
    "bad_grants": (
        "grants are a list of {{module, operations, where}}",
        "授权应是 {{module, operations, where}} 的列表",
    ),
    "view_type": (
        "{name} is declared as {wanted}, which no value can be viewed as",
        "{name} 声明为 {wanted}，无法用于查看记录",
    ),
    "view_value": (
        "{name} holds {value}, which is no {wanted}",
        "{name} 的值 {value} 不是 {wanted}",
    ),
    "view_empty": (
        "{name} is empty, and {wanted} does not allow that: declare it optional",
        "{name} 为空，但 {wanted} 不允许为空：请声明为可选",
    ),
    "not_a_view": ("{name} is no attrs class", "{name} 不是 attrs 类"),
}
