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
    "bad_option": ("{code} is no option code", "{code} 不是合法的选项代码"),
    "unknown_key_field": ("the key uses the unknown field {name}", "唯一键使用了不存在的字段 {name}"),
    "module_vanished": (
        "the module {name} is gone; retire it instead",
        "模块 {name} 消失了；请改为停用",
    ),
    "module_renamed": ("a module keeps its name for life; relabel it instead of {name}",
        "模块名称终身不变，请修改标签而不是改名为 {name}",
    ),
    "field_vanished": (
        "the field {name} is gone; retire it instead",
        "字段 {name} 消失了；请改为停用",
    ),
}
