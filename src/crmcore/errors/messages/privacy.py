"""Sentences of the codes raised about personal data."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_a_subject": (
        "records of this module are nobody's: name the record of a person",
        "该模块的记录不属于任何人：请指定某人的记录",
    ),
    "not_erasures": (
        "this is no list of erasures",
        "这不是个人信息删除清单",
    ),
    "purpose_of_user": (
        "work for a purpose is that of a user, not of the system or in another's name",
        "按目的处理须由用户本人进行，不能以系统或他人名义进行",
    ),
    "unknown_action": (
        "there is no action {name}; known: {known}",
        "没有处理方式 {name}；可用：{known}",
    ),
    "physical_memory": (
        "nothing is left",
        "没有残留",
    ),
    "physical_sqlite": (
        "free pages of the file and its log may hold former bytes until it is vacuumed",
        "文件的空闲页和日志在 VACUUM 之前可能仍含旧字节",
    ),
    "physical_postgresql": (
        "dead rows and the write-ahead log may hold former bytes until they are vacuumed and "
        "recycled; backups until they are replaced",
        "死行和预写日志在清理回收之前可能仍含旧字节；备份在被替换之前亦然",
    ),
    "physical_mariadb": (
        "free pages, undo and binary logs may hold former bytes until they are purged; backups "
        "until they are replaced",
        "空闲页、回滚日志和二进制日志在清除之前可能仍含旧字节；备份在被替换之前亦然",
    ),
    "physical_mysql": (
        "free pages and logs may hold former bytes until they are purged; backups until they "
        "are replaced",
        "空闲页和日志在清除之前可能仍含旧字节；备份在被替换之前亦然",
    ),
    "physical_mongodb": (
        "the journal, the oplog and free blocks may hold former bytes until they are reused; "
        "backups until they are replaced",
        "日志、操作日志和空闲块在被重用之前可能仍含旧字节；备份在被替换之前亦然",
    ),
    "physical_other": (
        "what the engine keeps beside the records is not known here",
        "存储引擎在记录之外保留的内容无从得知",
    ),
}
