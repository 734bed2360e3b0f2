"""Sentences of the codes raised where fields lie encrypted."""

MESSAGES: dict[str, tuple[str, str]] = {
    "encrypted_field": (
        "{name} is encrypted: only ==, !=, in and whether it is empty may be asked of it",
        "{name} 已加密：只能用 ==、!=、in 查询，或查询是否为空",
    ),
    "encryption_switched": (
        "a field with values is neither encrypted nor laid open in place: add a new field instead "
        "of {name}, copy the values, then retire the old field and purge it",
        "字段 {name} 不能就地加密或取消加密：请新增字段并复制值，再停用并清除旧字段",
    ),
    "encrypted_reserved": (
        "{name} belongs to a reserved module and cannot be encrypted",
        "{name} 属于系统模块，不能加密",
    ),
    "encrypted_adopted": (
        "{name} lies in a table of a host and cannot be encrypted",
        "{name} 存放在宿主的表中，不能加密",
    ),
    "encrypted_kind": (
        "values of kind {kind} cannot be encrypted: more than equality is asked of them",
        "{kind} 类型不能加密：对它的查询不止于相等",
    ),
    "encrypted_computed": (
        "{name} is computed and cannot be encrypted: it would be known from what it is made of",
        "{name} 是计算字段，不能加密：从其来源即可得知",
    ),
    "encrypted_title": (
        "{name} is the title of its records and cannot be encrypted: titles are shown everywhere",
        "{name} 是标题字段，不能加密：标题处处显示",
    ),
    "encrypted_folded": (
        "{name} is unique in its folded form and cannot be encrypted; make it unique exactly",
        "{name} 按折叠形式唯一，不能加密；请改为精确唯一",
    ),
    "encrypted_default": (
        "{name} has a constant as default or preset, which lies open in the definition",
        "{name} 的默认值或预设是常量，会明文存放在定义中",
    ),
    "keys_needed": (
        "this workspace has encrypted fields: open it with its keys",
        "该工作区含有加密字段：请提供密钥打开",
    ),
    "key_missing": (
        "the key {name} is not among the keys given; known: {known}",
        "所给密钥中没有 {name}；已有：{known}",
    ),
    "key_wrong": (
        "the key {name} is not the one that this workspace was encrypted with",
        "密钥 {name} 不是该工作区加密时所用的密钥",
    ),
    "key_lost": (
        "the store has no key of its own any more; nothing encrypted can be read",
        "存储中自身的密钥已丢失，加密内容无法读取",
    ),
    "bad_keys": (
        "no keys: {reason}",
        "密钥无效：{reason}",
    ),
    "bad_cipher": (
        "the stored value of {name} was not encrypted for this record, or was altered",
        "{name} 的存储值并非为该记录加密，或已被篡改",
    ),
    "archive_lays_open": (
        "this workspace has encrypted fields: give a key for the archive, or say that it may "
        "lie open",
        "该工作区含有加密字段：请为归档提供密钥，或明确允许明文",
    ),
}
