"""Sentences of the codes raised by storage."""

MESSAGES: dict[str, tuple[str, str]] = {
    "record_changed": (
        "somebody changed or removed this record meanwhile; read it again",
        "该记录已被他人修改或删除，请重新读取",
    ),
    "value_taken": ("the value of {fields} is taken", "{fields} 的值已被占用"),
    "cannot_join": (
        "{backend} cannot join the transaction of a host",
        "{backend} 不能加入宿主事务",
    ),
    "store_busy": ("the store is busy; try again", "存储正忙，请重试"),
    "read_only": ("this transaction only reads", "该事务只读"),
    "transaction_over": ("the transaction is over", "事务已结束"),
    "backend_closed": ("the store was closed", "存储已关闭"),
    "host_transaction_over": (
        "the host ended its transaction inside the unit of work; end the unit first",
        "宿主在工作单元结束之前结束了事务，请先结束工作单元",
    ),
    "join_refused": (
        "the host's transaction cannot be joined: its isolation is {isolation}",
        "无法加入宿主事务：其隔离级别为 {isolation}",
    ),
    "join_too_lax": (
        "the host's transaction cannot be joined: its read concern is {reads}, its write concern"
        " {writes}; begin it with read concern snapshot and write concern majority with j=True,"
        " or begin none, and crmcore begins it in your name",
        "无法加入宿主事务：其读关注为 {reads}，写关注为 {writes}；请以读关注 snapshot、"
        "写关注 majority 且 j=True 开始事务，或不开始事务而由 crmcore 代为开始",
    ),
    "not_prepared": (
        "the store is not prepared for this schema; prepare it first",
        "存储尚未为该结构做好准备，请先准备",
    ),
    "store_full": ("the store has no room left", "存储空间已满"),
    "server_not_started": (
        "{server} could not be started: {reason}",
        "{server} 无法启动：{reason}",
    ),
    "store_failed": ("the store failed: {reason}", "存储出错：{reason}"),
    "connection_lost": (
        "the connection to the store was lost; whether the last commit took effect is unknown",
        "与存储的连接已断开；最后一次提交是否生效未知",
    ),
    "store_unreachable": ("the store cannot be reached: {reason}", "无法连接存储：{reason}"),
    "store_read_only": ("the store can only be read", "存储为只读"),
    "store_forbids": ("the store does not allow it: {reason}", "存储不允许该操作：{reason}"),
    "bad_store_name": (
        "{name} is no name of a store: at most 63 lower-case letters, digits and _",
        "{name} 不是合法的存储名：最多 63 个小写字母、数字和下划线",
    ),
    "store_damaged": ("the store is damaged: {reason}", "存储已损坏：{reason}"),
    "no_such_store": ("there is no store {name}; create it first", "没有存储 {name}，请先创建"),
    "not_a_store": ("this is no crmcore store", "这不是 crmcore 存储"),
    "no_transactions": (
        "this MongoDB server has no transactions: make it a replica set (one member will do: "
        "start it with --replSet, then call rs.initiate()), or allow single-document mode, "
        "which promises less",
        "该 MongoDB 服务器不支持事务：请将其设为副本集（单成员即可：以 --replSet 启动后"
        "执行 rs.initiate()），或允许承诺较少的单文档模式",
    ),
    "bad_store_url": ("this is no URL of a store", "这不是存储的 URL"),
    "bad_prefix": (
        "{prefix} is no table prefix: at most 8 lower-case letters, digits and _",
        "{prefix} 不是合法的表前缀：最多 8 个小写字母、数字和下划线",
    ),
    "prefix_of_sqlite": (
        "{prefix} is no table prefix: SQLite keeps names that begin with sqlite_ to itself",
        "{prefix} 不能作为表前缀：SQLite 保留以 sqlite_ 开头的名称",
    ),
    "unknown_engine": (
        "there is no support for {engine}; known: {known}",
        "不支持 {engine}；已支持：{known}",
    ),
    "use_mariadb": (
        "this server is MariaDB: open it by mariadb+pymysql://",
        "该服务器是 MariaDB：请用 mariadb+pymysql:// 打开",
    ),
    "engine_untried": (
        "{engine} was never tried, and its answers may differ: use MariaDB, PostgreSQL or SQLite",
        "{engine} 未经验证，结果可能不同：请使用 MariaDB、PostgreSQL 或 SQLite",
    ),
    "engine_too_old": (
        "{engine} {found} is too old: {needed} or newer is needed",
        "{engine} {found} 版本过旧，需要 {needed} 或更高版本",
    ),
    "not_utf8": (
        "the encoding of the database is {found}; only UTF8 holds every text",
        "数据库编码为 {found}，只有 UTF8 能保存所有文字",
    ),
    "unknown_format": (
        "the store has format {found}; this version of crmcore knows {known}",
        "存储格式为 {found}，当前版本的 crmcore 只支持 {known}",
    ),
    "other_unicode": (
        "the store was made under Unicode {found}, this version of crmcore uses {known}",
        "存储按 Unicode {found} 建立，当前版本的 crmcore 使用 {known}",
    ),
    "column_changed": (
        "the kind of {name} changed in a way that needs a new generation of the field",
        "{name} 的类型变化需要新的字段代次",
    ),
    "row_too_wide": (
        "fields of the module lie in a table that has no room for what is to join them there,"
        " such as an index; index fewer of them, or make new fields",
        "该模块的部分字段所在的数据表已没有空间容纳新增内容（如索引），请减少这些字段的索引，或改用新字段",
    ),
    "value_taken_in_store": (
        "{count} records share the value of {fields}: {records}",
        "{count} 条记录的 {fields} 值相同：{records}",
    ),
    "iterator_closed": (
        "the answer ended because something was written; read it first",
        "因有写入，查询结果已失效，请先读完再写",
    ),
}
