"""Sentences of the codes raised while cells of files are converted and columns are mapped."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "number_unreadable": (
        "{value} is not a number; accepted: {accepted}",
        "{value} 不是数字；可接受：{accepted}",
    ),
    "decimal_mark_open": (
        "{value} may be written with a decimal comma; declare the decimal mark of the column, "
        "or write 1234.56",
        "{value} 可能以逗号作小数点；请声明该列的小数点符号，或写成 1234.56",
    ),
    "digits_lost": (
        "{value} has lost its last digits in a spreadsheet; format the column as text and enter "
        "the value again",
        "{value} 的末尾数字已在电子表格中丢失；请将该列设为文本格式后重新填写",
    ),
    "percent_in_number": (
        "{value} is a percentage, but the field holds plain numbers; accepted: 0.12 or 12",
        "{value} 是百分比，而该字段是普通数字；可接受：0.12 或 12",
    ),
    "percent_open": (
        "{value} may mean {value} % or a hundred times as much; write it with %, or declare "
        "whether the column holds fractions",
        "{value} 可能表示 {value}%，也可能是其一百倍；请写上 % 号，或声明该列是否为小数比例",
    ),
    "currencies_mixed": (
        "the column names several currencies ({value}), but the field keeps none; "
        "use a field of the kind money",
        "该列出现多种货币（{value}），而该字段不保存货币；请使用金额字段",
    ),
    "currency_other": (
        "{value} is in {found}, but the field holds {currency}",
        "{value} 的货币是 {found}，而该字段为 {currency}",
    ),
    "currency_missing": (
        "{value} names no currency; accepted: ￥1,234.50, 1,234.50 USD, or a unit for the column",
        "{value} 没有货币；可接受：￥1,234.50、1,234.50 USD，或为该列声明单位",
    ),
    "unit_twice": (
        "{value} has a unit of its own, but the column is in {unit}",
        "{value} 自带单位，而该列的单位是 {unit}",
    ),
    "date_unreadable": (
        "{value} is not a date; accepted: {accepted}",
        "{value} 不是日期；可接受：{accepted}",
    ),
    "date_unreal": ("{value} is not in the calendar", "{value} 在日历中不存在"),
    "date_incomplete": (
        "{value} names no day; accepted: 2024-01-05",
        "{value} 缺少具体日期；可接受：2024-01-05",
    ),
    "date_order_open": (
        "{value} may be read with the day or the month first, and the column does not settle it; "
        "declare the order of the dates, or write 2024-01-05",
        "{value} 的日、月顺序不明，整列数据也无法判断；请声明日期顺序，或写成 2024-01-05",
    ),
    "date_order_mixed": (
        "{value} cannot be read: some dates of the column have the day first, others the month; "
        "write 2024-01-05",
        "{value} 无法判断：该列有的日期日在前，有的月在前；请写成 2024-01-05",
    ),
    "date_short_year": (
        "{value} has a year of two digits; write 2024-01-05, or declare the years of the column",
        "{value} 的年份只有两位；请写成 2024-01-05，或声明该列年份的范围",
    ),
    "date_serial": (
        "{value} is a number, which may count days; declare that the column holds day numbers, "
        "or write 2024-01-05",
        "{value} 是数字，可能是日期序列号；请声明该列为日期序列号，或写成 2024-01-05",
    ),
    "date_with_time": (
        "{value} has a time of day, but the field holds dates; declare that times are cut, "
        "or write 2024-01-05",
        "{value} 带有时间，而该字段只保存日期；请声明舍去时间，或写成 2024-01-05",
    ),
    "instant_unreadable": (
        "{value} is not a moment; accepted: {accepted}",
        "{value} 不是时刻；可接受：{accepted}",
    ),
    "zone_missing": (
        "{value} names no time zone; state the zone of the import, such as Asia/Shanghai",
        "{value} 没有时区；请为导入指定时区，例如 Asia/Shanghai",
    ),
    "time_unreadable": (
        "{value} is not a time of day in whole minutes; accepted: {accepted}",
        "{value} 不是整分钟的时间；可接受：{accepted}",
    ),
    "duration_unreadable": (
        "{value} is not a length of time; accepted: {accepted}",
        "{value} 不是时长；可接受：{accepted}",
    ),
    "boolean_unreadable": (
        "{value} says neither yes nor no; accepted: {accepted}",
        "{value} 无法判断是或否；可接受：{accepted}",
    ),
    "phone_unreadable": (
        "{value} is not a telephone number; accepted: {accepted}",
        "{value} 不是电话号码；可接受：{accepted}",
    ),
    "several_phones": (
        "{value} holds several telephone numbers; one is accepted: "
        "put the others into another column",
        "{value} 含有多个电话号码；只能填写一个，请将其余号码放到其他列",
    ),
    "email_unreadable": (
        "{value} is not a mail address; accepted: zhang.san@example.com",
        "{value} 不是邮箱地址；可接受：zhang.san@example.com",
    ),
    "several_emails": (
        "{value} holds several mail addresses; one is accepted: put the others into another column",
        "{value} 含有多个邮箱地址；只能填写一个，请将其余地址放到其他列",
    ),
    "too_many_values": (
        "the cell holds more than {limit} values",
        "单元格中的值超过 {limit} 个",
    ),
    "json_unreadable": ("{value} is not JSON", "{value} 不是 JSON"),
    "header_empty": ("column {column} has no header", "第 {column} 列没有表头"),
    "header_repeated": (
        "the header {header} of column {column} occurred before; it fills no field",
        "第 {column} 列的表头“{header}”重复出现，未对应字段",
    ),
    "header_taken": (
        "another column fits the field of {header} (column {column}) better",
        "已有更匹配的列对应“{header}”（第 {column} 列）所指的字段",
    ),
    "header_ambiguous": (
        "the header {header} of column {column} may mean several fields; choose one",
        "第 {column} 列的表头“{header}”可能对应多个字段，请选择",
    ),
    "header_type": (
        "the header {header} means {name}, but the cells are something else: {examples}",
        "表头“{header}”对应 {name}，但单元格内容不符：{examples}",
    ),
    "header_gone": (
        "the header {header} of the mapping is not in this file",
        "该文件中没有映射所用的表头“{header}”",
    ),
    "header_unknown": (
        "no column has the header {header}; there are: {known}",
        "没有表头为“{header}”的列；现有：{known}",
    ),
    "header_not_unique": (
        "several columns have the header {header}; name the column by its number; "
        "there are: {known}",
        "多个列的表头为“{header}”，请用列号指定；现有：{known}",
    ),
    "column_unknown": (
        "there is no column {header}; there are {known}, counted from 0",
        "没有第 {header} 列；共有 {known} 列，从 0 起数",
    ),
    "field_chosen_twice": (
        "two columns were chosen for one field",
        "两个列被指定为同一字段",
    ),
    "field_not_imported": (
        "{name} is computed or kept by the system and cannot be imported",
        "{name} 由系统计算或维护，不能导入",
    ),
    "field_no_link": (
        "{name} leads to no other module, so there is nothing to look up",
        "{name} 不是关联字段，无法按其他字段查找",
    ),
    "not_a_mapping": ("this is no mapping: {reason}", "这不是有效的列映射：{reason}"),
}
