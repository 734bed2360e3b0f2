"""Sentences of the codes raised by kinds of values."""

MESSAGES: dict[str, tuple[str, str]] = {
    "number_too_large": ("{value} has too many digits", "{value} 位数过多"),
    "not_text": ("{value} is not text", "{value} 不是文本"),
    "forbidden_character": (
        "the text holds the character {character}, which no text may hold",
        "文本含有不允许的字符 {character}",
    ),
    "text_too_long": (
        "the text has {length} characters; at most {limit} are accepted",
        "文本有 {length} 个字符，最多允许 {limit} 个",
    ),
    "not_a_number": ("{value} is not a number", "{value} 不是数字"),
    "not_whole": ("{value} is not a whole number", "{value} 不是整数"),
    "out_of_range": (
        "{value} lies outside {minimum} … {maximum}",
        "{value} 不在 {minimum} 到 {maximum} 之间",
    ),
    "too_many_digits": (
        "{value} has more than {scale} digits behind the point",
        "{value} 的小数位超过 {scale} 位",
    ),
    "not_boolean": ("{value} is not true or false", "{value} 不是“真”或“假”"),
    "not_a_currency": (
        "{value} is not an ISO 4217 currency code",
        "{value} 不是 ISO 4217 货币代码",
    ),
    "not_money": (
        "{value} is not an amount with a currency, such as '12.50 CNY'",
        "{value} 不是带货币的金额，例如 '12.50 CNY'",
    ),
    "not_a_date": ("{value} is not a date such as 2024-01-05", "{value} 不是日期，例如 2024-01-05"),
    "not_an_instant": (
        "{value} is not a moment such as 2024-01-05T10:00:00+08:00",
        "{value} 不是时刻，例如 2024-01-05T10:00:00+08:00",
    ),
    "naive_instant": (
        "{value} has no time zone, and the field states none",
        "{value} 没有时区，字段也未指定时区",
    ),
    "unknown_zone": ("{value} is not an IANA time zone", "{value} 不是 IANA 时区"),
    "not_a_time": ("{value} is not a time of day such as 09:30", "{value} 不是时间，例如 09:30"),
    "not_a_duration": ("{value} is not a length of time", "{value} 不是时长"),
    "option_retired": ("the option {value} is retired", "选项 {value} 已停用"),
    "option_ambiguous": ("{value} names more than one option", "{value} 对应多个选项"),
    "not_an_option": (
        "{value} is not an option; accepted: {accepted}",
        "{value} 不是可选项，可选：{accepted}",
    ),
    "not_a_set": (
        "{value} is not a list of options: {accepted}",
        "{value} 不是选项列表，可选：{accepted}",
    ),
    "not_email": ("{value} is not a mail address", "{value} 不是邮箱地址"),
    "not_phone": ("{value} is not a telephone number", "{value} 不是电话号码"),
    "not_url": ("{value} is not a web address", "{value} 不是网址"),
    "not_postcode": ("{value} is not a postal code", "{value} 不是邮政编码"),
    "not_credit_code": (
        "{value} is not a unified social credit code",
        "{value} 不是统一社会信用代码",
    ),
    "not_a_link": (
        "{value} is not the id or the key of a record of {target}",
        "{value} 不是 {target} 记录的编号或关键值",
    ),
    "kind_parameter": (
        "the parameter {name} of the kind {kind} must be {accepted}",
        "{kind} 类型的参数 {name} 必须是 {accepted}",
    ),
    "too_many_marks": (
        "the text holds more combining marks in a row than any writing needs",
        "文本连续的组合符号过多",
    ),
    "no_such_moment": (
        "{value} does not exist in the time zone {zone}: clocks skip it",
        "时区 {zone} 中不存在 {value}（夏令时跳过）",
    ),
    "too_many_items": (
        "there are more than {limit} entries",
        "条目超过 {limit} 个",
    ),
    "not_json": ("the value is not plain JSON", "该值不是普通 JSON"),
}
