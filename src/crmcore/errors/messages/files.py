"""Sentences of the codes raised about files and folders."""

MESSAGES: dict[str, tuple[str, str]] = {
    "no_such_file": ("there is no file {name}", "没有文件 {name}"),
    "no_such_folder": ("{name}: there is no folder {folder}", "{name}：没有文件夹 {folder}"),
    "file_denied": ("{name} may not be read or written", "没有读写 {name} 的权限"),
    "file_is_folder": ("{name} is a folder", "{name} 是文件夹"),
    "folder_is_file": (
        "{name}: what should be a folder is a file",
        "{name}：应为文件夹之处是文件",
    ),
    "disk_full": ("there is no room left on the disk", "磁盘空间不足"),
    "file_failed": ("{name}: {reason}", "文件 {name} 出错：{reason}"),
    "bad_file_name": ("{name} is no name of a file", "{name} 不是合法的文件名"),
}
