"""Sentences of the codes raised by the command line."""

MESSAGES: dict[str, tuple[str, str]] = {
    "no_workspace": (
        "no workspace is named: give -w FILE, set {variable}, or write a {file} with"
        ' workspace = "FILE"; `crmcore demo` makes one to play with',
        "没有指明工作区：请用 -w 文件，或设置 {variable}，或在 {file} 中写"
        ' workspace = "文件"；`crmcore demo` 可生成一个演示工作区',
    ),
    "bad_crm_toml": (
        '{file} does not name a workspace: it needs a line workspace = "FILE"',
        '{file} 没有指明工作区：需要一行 workspace = "文件"',
    ),
    "bad_store_path": (
        "the file name {name} holds a question mark, which the address of a store cannot",
        "文件名 {name} 含有问号，存储地址中不能出现",
    ),
    "target_is_memory": (
        "{name} lies in the memory of this command: all of it would be gone when it ends;"
        " name a file or a server",
        "{name} 位于本命令的内存中，命令结束后将全部消失；请指定文件或服务器",
    ),
    "bad_option": ("the option {option}: {reason}", "选项 {option}：{reason}"),
    "file_exists": (
        "{name} exists already; --force replaces it",
        "{name} 已存在；如要替换请加 --force",
    ),
    "workspace_exists": ("{name} exists already", "{name} 已存在"),
    "not_our_demo": (
        "{name} was not made by the demo, or was changed since; move it away, or use --force",
        "{name} 不是演示生成的，或生成后被修改过；请移走，或加 --force",
    ),
    "record_unclear": (
        "{count} records are called {name}; name one by its id",
        "有 {count} 条记录叫 {name}，请用记录编号指明",
    ),
    "record_unknown": (
        "there is no {module_label} called {name}",
        "没有叫 {name} 的{module_label}",
    ),
    "nothing_to_undo": ("there is nothing to undo", "没有可撤销的操作"),
    "unknown_ending": (
        "{name} must end with one of {known}",
        "{name} 的扩展名须为 {known} 之一",
    ),
    "not_json_schema": ("{name} holds no schema: {reason}", "{name} 不是结构定义：{reason}"),
    "no_such_law": ("there is no law {name}; known: {known}", "没有定律 {name}；已有：{known}"),
    "sabotage_elsewhere": (
        "{name} is planted in the adapter of {backends}, which is not among the backends:"
        " nothing would be found and nothing proved; add --backends {backends}",
        "{name} 植入在 {backends} 的适配器中，而所选后端不含它：什么也发现不了、证明不了；"
        "请加上 --backends {backends}",
    ),
    "sabotage_not_of_law": (
        "{name} is found by: {laws}; any other law would hold, and prove nothing",
        "{name} 由以下定律发现：{laws}；其他定律会成立，但什么也证明不了",
    ),
    "no_such_sabotage": (
        "there is no sabotage {name}; known: {known}",
        "没有破坏项 {name}；已有：{known}",
    ),
}
