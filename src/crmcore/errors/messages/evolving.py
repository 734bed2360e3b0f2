"""Sentences of the codes raised where a live workspace changes its configuration."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_convertible": (
        "{value} of kind {old} cannot become a {kind}",
        "{old} 类型的值 {value} 无法转换为 {kind}",
    ),
    "more_than_one": (
        "{value} options or links where a {kind} holds one",
        "有 {value} 个选项或关联，而 {kind} 只能有一个",
    ),
    "kind_in_key": (
        "{name} is part of a unique key. Take three steps: drop the key (keys, or unique) and"
        " apply, change the kind and apply, then add the key again",
        "{name} 属于唯一键。请分三步：先去掉唯一键（keys 或 unique）并应用，再修改类型并应用，"
        "最后加回唯一键",
    ),
    "schema_too_large": (
        "the definitions take {size} bytes, and may take {limit}: retired options and help texts"
        " count, too",
        "全部定义占 {size} 字节，最多 {limit} 字节（停用的选项和说明也计入）",
    ),
    "not_a_document": (
        "this is no configuration: {{crmcore: {version}, modules: …, roles: …, settings: …, …}}",
        "这不是配置文件：应为 {{crmcore: {version}, modules: …, roles: …, settings: …, …}}",
    ),
    "unknown_section": (
        "there is no section {name}; known: {known}",
        "没有名为 {name} 的部分；已有：{known}",
    ),
    "not_a_section": ("{name} is no mapping of names", "{name} 应为名称到内容的映射"),
    "bad_file": ("the text cannot be read: {reason}", "文本无法读取：{reason}"),
    "bad_file_at": ("{name} cannot be read: {reason}", "{name} 无法读取：{reason}"),
    "unknown_format_of_file": (
        "{name} is of no known format; known: {known}",
        "{name} 的格式未知；支持：{known}",
    ),
    "no_definitions": ("there are no definitions in {name}", "{name} 中没有定义文件"),
    "too_many_files": ("more than {limit} files", "文件超过 {limit} 个"),
    "vanished": (
        "{name} is missing: write renamed_from: {name} where it goes by another name,"
        " or retire: true",
        "缺少 {name}：若已改名请在新名称下写 renamed_from: {name}，否则写 retire: true",
    ),
    "module_left_out": (
        "{name} is missing: a module keeps its name for life (change its label), or write"
        " retire: true",
        "缺少 {name}：模块名称终身不变（可修改标签），若不再使用请写 retire: true",
    ),
    "left_out": (
        "{name} is missing: write {name}: {{retire: true}} to remove it",
        "缺少 {name}：若要删除请写 {name}: {{retire: true}}",
    ),
    "renamed_and_kept": (
        "it says renamed_from: {name}, but {name} is still there",
        "写有 renamed_from: {name}，但 {name} 仍然存在",
    ),
    "renamed_twice": (
        "{names} all say renamed_from: {former}, and only one of them can be it",
        "{names} 都写有 renamed_from: {former}，但只能有一个",
    ),
    "renamed_onto": (
        "it says renamed_from: {former}, but there is a {name} already. Take two steps: give that"
        " one another name and apply, then write renamed_from: {former}",
        "写有 renamed_from: {former}，但已存在 {name}。请分两步：先给原来的 {name} 改名并应用，"
        "再写 renamed_from: {former}",
    ),
    "renamed_in_circle": (
        "{names} exchange their names. Take two steps: give {name} a name of its own and apply,"
        " then rename the rest",
        "{names} 互换名称。请分两步：先给 {name} 另取一个名称并应用，再改其余名称",
    ),
    "unknown_former": (
        "it says renamed_from: {name}, but there never was such a name",
        "写有 renamed_from: {name}，但从未有过该名称",
    ),
    "unknown_policy": (
        "{name} is no policy for values that do not convert; known: {known}",
        "{name} 不是转换失败的处理方式；可用：{known}",
    ),
    "unknown_kind": (
        "{name} is no kind of values; known: {known}",
        "没有类型 {name}；已有：{known}",
    ),
    "computed_twice": (
        "a field is computed in one way, not by {name}",
        "字段只能有一种计算方式，不能同时写 {name}",
    ),
    "bad_computed": ("{name} is not written as it should be", "{name} 的写法不正确"),
    "bad_merge": (
        "{name} cannot be merged into {target}: name an option that is in use",
        "{name} 不能合并到 {target}：请指定一个在用的选项",
    ),
    "bad_role": (
        "the role {name} is not written as it should be: {{label, grants}}",
        "角色 {name} 的写法不正确：应为 {{label, grants}}",
    ),
    "role_without_module": (
        "the role {role} names the module {name}, which is not there; nearest: {suggestion};"
        " known: {known}",
        "角色 {role} 提到的模块 {name} 不存在；最接近：{suggestion}；已有：{known}",
    ),
    "role_without_field": (
        "the role {role} names the field {name}, which {of} does not have; nearest: {suggestion};"
        " known: {known}",
        "角色 {role} 提到 {of} 的字段 {name}，该字段不存在；最接近：{suggestion}；已有：{known}",
    ),
    "role_condition": (
        "a condition of the role {role} over {of} cannot be asked: {reason}",
        "角色 {role} 对 {of} 的条件无法使用：{reason}",
    ),
    "bad_duty_rule": (
        "the rule {name} is not written as it should be: {{label, duties: [{{operation, module}}],"
        " block}}",
        "规则 {name} 的写法不正确：应为 {{label, duties: [{{operation, module}}], block}}",
    ),
    "bad_retention": (
        "the rule {name} is not written as it should be: {{module, where, action, reason}}",
        "规则 {name} 的写法不正确：应为 {{module, where, action, reason}}",
    ),
    "rule_without_module": (
        "the rule {rule} names the module {name}, which is not there; nearest: {suggestion};"
        " known: {known}",
        "规则 {rule} 提到的模块 {name} 不存在；最接近：{suggestion}；已有：{known}",
    ),
    "retention_refused": (
        "the retention rule {rule} over {of} cannot be asked: {reason}",
        "对 {of} 的保留期限规则 {rule} 无法使用：{reason}",
    ),
    "not_a_stored_plan": ("this is no stored plan", "这不是已保存的计划"),
    "plan_stale": (
        "the plan was made for revision {planned} of the configuration, which is at {found}:"
        " plan again",
        "该计划基于配置的第 {planned} 版，现为第 {found} 版：请重新生成计划",
    ),
    "plan_blocked": (
        "the plan cannot be applied: {effect}, {count} records: {records}",
        "计划无法应用：{effect}，{count} 条记录：{records}",
    ),
    "merge_without_field": (
        "{old} can no longer be merged into {new}: the field was retired, or its kind changed,"
        " since. Restore it and apply again, or undo the operation",
        "{old} 已不能合并到 {new}：该字段其间被停用或改变了类型。请恢复后再次应用，或撤销该操作",
    ),
    "merge_without_target": (
        "{old} can no longer be merged into {new}, which was retired since: restore it and apply"
        " again, or undo the operation",
        "{old} 已不能合并到 {new}：后者其间被停用。请恢复后再次应用，或撤销该操作",
    ),
    "merge_taken_back": (
        "{old} is not merged into {new}: it was put back in use since; retire it and apply again,"
        " or undo the operation",
        "{old} 未合并到 {new}：它其间被重新启用。请停用后再次应用，或撤销该操作",
    ),
    "files_differ": (
        "{name} says something else than the workspace: plan it, or give --force to replace it",
        "{name} 与工作区不一致：请先 plan，或用 --force 覆盖",
    ),
    "no_null": (
        "TOML has no form for an empty value in a list or an object: use YAML or JSON",
        "TOML 无法表示列表或对象中的空值：请用 YAML 或 JSON",
    ),
}
