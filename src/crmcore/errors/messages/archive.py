"""Sentences of the codes raised by archives, restores and moves."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_an_archive": ("{file} is no archive of crmcore", "{file} 不是 crmcore 备份文件"),
    "archive_damaged": (
        "{file} is damaged or was tampered with ({place}); nothing of it was used",
        "{file} 已损坏或被篡改（{place}），未使用其中任何内容",
    ),
    "archive_contradicts": (
        "{file} contradicts the chain of its own changes; nothing of it was used",
        "{file} 与其自身的变更链相矛盾，未使用其中任何内容",
    ),
    "archive_not_anchored": (
        "the chain of {file} does not lead through the anchored head at position {position}:"
        " it was made anew, ends before, or begins behind",
        "{file} 的变更链未经过位置 {position} 处的锚定链头："
        "可能被重新生成、在此之前结束或在此之后开始",
    ),
    "archive_shares_key": (
        "more than one record has the same unique value",
        "有多条记录共用同一个唯一值",
    ),
    "archive_version": (
        "{file} has format {found}; this version of crmcore reads up to {known}",
        "{file} 的格式版本为 {found}，当前版本的 crmcore 最高支持 {known}",
    ),
    "archive_exists": (
        "{file} exists already; archives are never overwritten",
        "{file} 已存在；备份文件不会被覆盖",
    ),
    "archive_key": (
        "{file} is encrypted with another key, or damaged",
        "{file} 使用了其他密钥加密，或已损坏",
    ),
    "archive_needs_key": ("{file} is encrypted; give its key", "{file} 已加密，请提供密钥"),
    "archive_plain": (
        "{file} is not encrypted, although a key was given; if that is no surprise, give none",
        "提供了密钥，但 {file} 未加密；如确认无误，请不要提供密钥",
    ),
    "bad_archive_key": ("a key has {size} bytes", "密钥必须为 {size} 字节"),
    "archive_gap": (
        "{file} continues position {after}, but what comes before it ends at {position}",
        "{file} 接续位置 {after}，而之前的内容止于 {position}",
    ),
    "archive_other": (
        "{file} belongs to another workspace, or to another course of its history",
        "{file} 属于另一个工作区，或属于另一段历史",
    ),
    "nothing_new": (
        "nothing was written since position {position}",
        "自位置 {position} 起没有新的更改",
    ),
    "restoring": (
        "this workspace is being restored and is not complete yet; restore it to the end",
        "该工作区正在恢复，尚未完成；请先完成恢复",
    ),
    "restoring_other": (
        "something else was being restored here and was not finished; take an empty store, or"
        " empty this one with `crmcore restore --abandon`",
        "此处另有一次未完成的恢复；请使用空的存储，或用 `crmcore restore --abandon` 清空它",
    ),
    "abandon_live": (
        "this workspace is live; only what an unfinished restore left is ever removed",
        "该工作区正在使用中；只会清除未完成的恢复所留下的内容",
    ),
    "nothing_to_abandon": (
        "there is no unfinished restore here, and nothing was removed",
        "此处没有未完成的恢复，未清除任何内容",
    ),
    "cannot_abandon": (
        "a store of {backend} cannot be emptied; remove it by its own means",
        "无法清空 {backend} 存储；请用其自身的方式删除",
    ),
    "target_in_use": (
        "there is a workspace already; restore into an empty store",
        "此处已有工作区；请恢复到空的存储",
    ),
    "target_is_same": (
        "this very workspace lies there already (it may be the source itself); take an empty store",
        "该工作区本身已在此处（可能就是来源）；请使用空的存储",
    ),
    "restore_taken_over": (
        "somebody else began to restore the same workspace",
        "另有人开始恢复同一工作区",
    ),
    "nothing_to_extract": (
        "there is nothing that you may read",
        "没有您可读取的内容",
    ),
    "folder_exists": (
        "the folder {name} is not empty; name a new one",
        "文件夹 {name} 不为空，请指定新的文件夹",
    ),
    "folder_is_here": (
        "{name} is the folder you are in; name a new one",
        "{name} 是当前所在的文件夹，请指定新的文件夹",
    ),
    "restored_differs": (
        "what was restored differs from its source: digest {found}, not {expected}",
        "恢复结果与来源不一致：摘要为 {found}，应为 {expected}",
    ),
}
