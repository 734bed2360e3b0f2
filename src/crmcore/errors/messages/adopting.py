"""Sentences of the codes raised for modules that lie in tables of a host."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_adopted": (
        "this module lies in a table of a host that this program did not name; adopt it first",
        "该模块的数据在宿主的表中，本程序尚未绑定该表，请先绑定",
    ),
    "users_not_adopted": (
        "the users of this workspace are people of a host, whose table this program did not"
        " name: call adopt_users first",
        "该工作区的用户来自宿主，而本程序尚未绑定其表：请先调用 adopt_users",
    ),
    "users_of_host": (
        "that users are people of a host is said by adopt_users, which names their table;"
        " written by hand it would keep everybody out",
        "用户来自宿主须由 adopt_users 声明并绑定其表；手工写入此设置会使所有人无法进入",
    ),
    "cannot_adopt": (
        "{backend} cannot read tables of a host",
        "{backend} 不能读取宿主的表",
    ),
    "adopted_read_only": (
        "the records belong to the host and can only be read here",
        "这些记录属于宿主，此处只读",
    ),
    "adopted_needs_join": (
        "records of a host are written only within the host's own transaction; join it",
        "只能在宿主自己的事务中写入宿主的记录，请加入该事务",
    ),
    "adopted_elsewhere": (
        "the table of this module lies in another database than the workspace",
        "该模块的表与工作区不在同一数据库中",
    ),
    "adopted_no_past": (
        "the host keeps no former versions of {target}; only the present can be asked",
        "宿主不保留 {target} 的历史版本，只能查询当前数据",
    ),
    "adopted_value": (
        "the column {column} of the host's table {table} holds a value that does not fit in"
        " the row {key}: {reason}",
        "宿主表 {table} 第 {key} 行的 {column} 列的值不符合要求：{reason}",
    ),
    "bad_key": (
        "{key} is no key of the form {form}: 64-bit numbers, UUIDs, and texts of at most 15"
        " bytes, 17 ASCII characters or 23 capitals and digits can be keys",
        "{key} 不是 {form} 形式的键：键可以是 64 位整数、UUID，或不超过 15 字节、17 个 ASCII"
        " 字符、23 个大写字母和数字的文本",
    ),
    "key_repeated": (
        "the key {key} stands in more than one row of the host's table {table}",
        "键 {key} 在宿主表 {table} 中出现多次",
    ),
    "key_empty": (
        "rows of the host's table {table} have no key",
        "宿主表 {table} 中有些行没有键",
    ),
    "not_understood": (
        "a {value} is no value of this kind",
        "{value} 不是该类型的值",
    ),
    "not_exact": (
        "{value} is not in normal form, and the field was said to be exact",
        "{value} 不是规范形式，而该字段被声明为精确字段",
    ),
    "adopted_table": (
        "{table} cannot be adopted: {reason}",
        "{table} 不能绑定：{reason}",
    ),
    "adopted_no_term": (
        "a table is not adopted by {name}=; nearest: {suggestion}; known: {known}",
        "绑定表时没有参数 {name}=；最接近：{suggestion}；可用：{known}",
    ),
    "adopted_term": (
        "{name}= is {wanted}, not {value}",
        "{name}= 应为 {wanted}，而不是 {value}",
    ),
    "adopted_column": (
        "the host's table {table} has no column {column}; name the column of this field, or"
        " None where it is always empty",
        "宿主表 {table} 没有 {column} 列；请指定该字段对应的列，始终为空时写 None",
    ),
    "adopted_changed": (
        "the host's table {table} has no {names} any more: adopt the table as it is now",
        "宿主表 {table} 已没有 {names}：请按该表现在的样子重新绑定",
    ),
    "adopted_field": (
        "a field of a module that lies in a table of a host cannot be unique, computed and"
        " stored, or a set of links",
        "宿主表中的模块字段不能是唯一的、计算后存储的或多重链接",
    ),
    "adopted_key": (
        "a module that lies in a table of a host cannot promise a unique key of {fields}",
        "宿主表中的模块无法保证 {fields} 唯一",
    ),
    "adopted_source": (
        "a stored value cannot follow from {target}, whose records a host changes by himself",
        "{target} 的记录由宿主自行修改，不能据此计算并存储值",
    ),
    "adopted_zone": (
        "the moments in {column} tell no time zone; name one",
        "{column} 列的时间没有时区，请指定时区",
    ),
    "adopted_kind": (
        "values in a table of a host are not converted: add a field of the new kind for the"
        " column, and retire this one",
        "宿主表中的值不会被转换：请为该列新增一个新类型的字段，并停用此字段",
    ),
    "adopted_merge": (
        "options of values in a table of a host are not merged: map them to one code where the"
        " table is adopted, and retire {option}",
        "宿主表中的选项不会被合并：请在绑定表时把它们映射到同一代码，并停用 {option}",
    ),
    "writer_ends": (
        "the host's writer may neither commit nor roll back",
        "宿主的写入程序不得提交或回滚",
    ),
    "writer_differs": (
        "the host's writer did something else than it was asked for; nothing is kept of it",
        "宿主的写入程序所做的与要求不符，未保留任何更改",
    ),
    "writer_repeats": (
        "the host's writer gave one key to several new rows; nothing is kept of it",
        "宿主的写入程序给多行新数据返回了同一个键，未保留任何更改",
    ),
    "writer_version": (
        "the host's writer left the version of a changed row as it was, so that an update could"
        " be lost; nothing is kept of it",
        "宿主的写入程序修改了数据行却未改变其版本，可能丢失更新，未保留任何更改",
    ),
    "stays_adopted": (
        "the records of this module belong to a host; it cannot become a module of our own",
        "该模块的记录属于宿主，不能改为自有模块",
    ),
    "has_records": (
        "this module has, or had, records of its own; only an empty one can be adopted",
        "该模块有（或曾有）自己的记录，只有空模块才能绑定到宿主的表",
    ),
}
