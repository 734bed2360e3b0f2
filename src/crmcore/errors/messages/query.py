"""Sentences of the codes raised by query."""

MESSAGES: dict[str, tuple[str, str]] = {
    "past_not_kept": (
        "it was decided by computed fields, whose values of then are not kept: it cannot be told",
        "当时由计算字段决定，而当时的计算值未保存：无法解释",
    ),
    "past_erased": (
        "values of the record were erased: why it was so cannot be told any more",
        "该记录的值已被清除，无法再解释当时的原因",
    ),
    # What is no token of the text form.
    "expression_too_long": (
        "the expression has {length} characters; at most {limit} are accepted",
        "表达式有 {length} 个字符，最多允许 {limit} 个",
    ),
    "expression_empty": ("the expression is empty", "表达式为空"),
    "bad_character": (
        "the character {found} at position {position} belongs to no expression",
        "位置 {position} 处的字符 {found} 不能出现在表达式中",
    ),
    "string_unterminated": (
        "the text that begins at position {position} is not closed: {found}",
        "从位置 {position} 开始的文本没有结束引号：{found}",
    ),
    "string_escape": (
        "{found} at position {position} is no escape; there are \\\\ \\' \\\" \\n \\r \\t \\uXXXX",
        "位置 {position} 处的 {found} 不是转义；可用 \\\\ \\' \\\" \\n \\r \\t \\uXXXX",
    ),
    "name_unterminated": (
        "the name that begins at position {position} has no closing back-quote: {found}",
        "从位置 {position} 开始的名称没有结束反引号：{found}",
    ),
    "name_empty": ("a name is empty (position {position})", "名称为空（位置 {position}）"),
    "name_too_long": (
        "a name has more than {limit} characters (position {position})",
        "名称超过 {limit} 个字符（位置 {position}）",
    ),
    "number_too_long": (
        "a number has more than {limit} digits (position {position})",
        "数字超过 {limit} 位（位置 {position}）",
    ),
    "number_exponent": (
        "{found} at position {position}: write the number in full, without an exponent",
        "位置 {position} 处的 {found}：请写出完整数字，不用科学计数法",
    ),
    "number_unit": (
        "{found} at position {position} has an unknown unit; d w h min s and the Chinese"
        " magnitudes and durations are known; did you mean {suggestion}?",
        "位置 {position} 处的 {found} 单位未知；可用 千 万 亿、天 周 小时 分钟 秒；"
        "是否想写 {suggestion}？",
    ),
    "duration_range": (
        "the duration at position {position} is too long, or finer than a microsecond",
        "位置 {position} 处的时长过长，或小于一微秒",
    ),
    "date_form": (
        "{found} at position {position} looks like a day: write {suggestion}, or put blanks"
        " around the signs to calculate",
        "位置 {position} 处的 {found} 像日期：请写 {suggestion}；如要计算，请在符号两侧加空格",
    ),
    "date_invalid": (
        "{found} at position {position} is no day or moment of the calendar",
        "位置 {position} 处的 {found} 不是有效的日期或时刻",
    ),
    "time_invalid": (
        "{found} at position {position} is no time of day",
        "位置 {position} 处的 {found} 不是有效的时间",
    ),
    "instant_without_zone": (
        "{found} at position {position} has no time zone; did you mean {suggestion}?",
        "位置 {position} 处的 {found} 没有时区；是否想写 {suggestion}？",
    ),
    "wrong_operator": (
        "{found} at position {position} is no operator; write {suggestion}",
        "位置 {position} 处的 {found} 不是运算符；请写 {suggestion}",
    ),
    # What stands where it cannot.
    "expression_unfinished": (
        "the expression ends at position {position}, where something must follow",
        "表达式在位置 {position} 处中断，后面缺少内容",
    ),
    "operand_expected": (
        "{found} at position {position} stands where a value, a name or a bracket must stand",
        "位置 {position} 处应为值、名称或括号，却是 {found}",
    ),
    "operator_expected": (
        "{found} at position {position} stands where an operator or the end must stand",
        "位置 {position} 处应为运算符或结尾，却是 {found}",
    ),
    "blank_missing": (
        "{found} at position {position} is one name; did you mean {suggestion}?",
        "位置 {position} 处的 {found} 连成了一个名称；是否想写 {suggestion}？",
    ),
    "name_expected": (
        "{found} at position {position} stands where a name must stand",
        "位置 {position} 处应为名称，却是 {found}",
    ),
    "keyword_as_name": (
        "{found} at position {position} is a word of the language; as a name write {suggestion}",
        "位置 {position} 处的 {found} 是保留词；作为名称请写 {suggestion}",
    ),
    "part_of_value": (
        "{found} at position {position}: only names have parts",
        "位置 {position} 处的 {found}：只有名称才有下级",
    ),
    "chained_comparison": (
        "{found} at position {position}: comparisons do not chain; join two with 'and'",
        "位置 {position} 处的 {found}：比较不能连写，请用“且”连接两个比较",
    ),
    "closing_missing": (
        "{expected} is missing at position {position}",
        "位置 {position} 处缺少 {expected}",
    ),
    "closing_wrong": (
        "{found} at position {position} closes another bracket than the open one; write {expected}",
        "位置 {position} 处的 {found} 与左括号不配对，应为 {expected}",
    ),
    "closing_unopened": (
        "{found} at position {position} closes a bracket that was never opened",
        "位置 {position} 处的 {found} 没有对应的左括号",
    ),
    "list_in_parentheses": (
        "{found} at position {position}: lists are written in square brackets, ['A', 'B']",
        "位置 {position} 处的 {found}：列表请用方括号，如 ['A', 'B']",
    ),
    "thousands_separator": (
        "{found} at position {position}: write the number as {suggestion}",
        "位置 {position} 处的 {found}：数字请写成 {suggestion}",
    ),
    "order_word": (
        "{found} at position {position} is no order; write asc, desc or empties last",
        "位置 {position} 处的 {found} 不是排序方式；请写 升序、降序 或 空值最后",
    ),
    # Constants.
    "float_constant": (
        "{found} is a binary float and not exact; give a Decimal or an integer",
        "{found} 是二进制浮点数，不精确；请使用 Decimal 或整数",
    ),
    "naive_constant": ("{found} has no time zone", "{found} 没有时区"),
    "constant_type": (
        "{found} cannot stand in an expression",
        "{found} 不能出现在表达式中",
    ),
    "list_expected": ("{found} is no list of values", "{found} 不是值的列表"),
    "condition_expected": (
        "{found} is no condition; put each comparison in parentheses: (f.a > 1) & (f.b < 2)",
        "{found} 不是条件；请给每个比较加括号：(f.a > 1) & (f.b < 2)",
    ),
    "no_text_form": ("{found} has no text form", "{found} 没有文本形式"),
    # The JSON form.
    "json_version": (
        "version {found} of the JSON form is not known; known is {expected}",
        "JSON 格式版本 {found} 未知，已知版本为 {expected}",
    ),
    "json_unexpected": (
        "{path} holds {found} where {expected} must stand",
        "{path} 处应为 {expected}，却是 {found}",
    ),
    "json_keys": (
        "{path} has unknown keys ({unknown}) or lacks some ({missing})",
        "{path} 含有未知的键（{unknown}）或缺少键（{missing}）",
    ),
    # What does not fit the schema or the reader.
    "no_rule": ("the computed field has no rule", "计算字段没有规则"),
    "not_a_to_one_link": (
        "{name} does not lead to one other record",
        "{name} 不是指向单条记录的关联字段",
    ),
    "too_many_links": (
        "a question follows at most {limit} links",
        "一个查询最多经过 {limit} 个关联",
    ),
    "unknown_relation": (
        "nothing called {name} leads here; nearest: {suggestion}; known: {known}",
        "没有名为 {name} 的下级关联；最接近：{suggestion}；已有：{known}",
    ),
    "constant_refused": ("{reason}", "{reason_zh}"),
    "constant_kind": ("{value} is a boolean, the field is not", "{value} 是布尔值，字段不是"),
    "date_is_no_instant": (
        "{value} is a day, the field holds moments; write a moment with its zone",
        "{value} 是日期，字段是时刻；请写带时区的时刻",
    ),
    "too_deep": ("the expression is nested deeper than {limit}", "表达式嵌套超过 {limit} 层"),
    "too_many_terms": ("the expression has more than {limit} terms", "表达式超过 {limit} 项"),
    "not_a_condition": (
        "this is no condition: compare it with something",
        "这不是条件，请与某个值比较",
    ),
    "not_a_value": ("this is no value", "这不是值"),
    "null_order": ("null is neither greater nor smaller", "空值不能比较大小"),
    "not_comparable": (
        "{left} and {right} cannot be compared or combined",
        "{left} 与 {right} 不能比较或运算",
    ),
    "opaque": ("of a {kind} value only emptiness may be asked", "{kind} 类型只能判断是否为空"),
    "not_ordered": ("{kind} values have no order here", "{kind} 类型的值不能比较大小"),
    "in_needs_list": ("`in` needs a written list or a set", "`属于` 后面需要列表或多选字段"),
    "in_needs_constant": ("only constants may stand here", "此处只能写常量"),
    "list_too_long": ("a list has at most {limit} items", "列表最多 {limit} 项"),
    "argument_count": ("{function} takes {count} arguments", "{function} 需要 {count} 个参数"),
    "needs_field": (
        "the first argument of {function} is a field",
        "{function} 的第一个参数应是字段",
    ),
    "needs_relation": (
        "{function} needs a relation, such as contacts, and perhaps a condition",
        "{function} 需要一个下级关联（如 联系人），可加条件",
    ),
    "not_searchable": (
        "{kind} values such as {name} cannot be searched in; declare the text as sorted",
        "{kind} 类型（{name}）不能做包含查找，请将文本设为可排序",
    ),
    "no_title": ("the module {name} has no title field", "模块 {name} 没有标题字段"),
    "unknown_parameter": ("there is no {name}; known: {known}", "没有 {name}；已有：{known}"),
    "unknown_function": (
        "there is no function {name}; nearest: {suggestion}",
        "没有函数 {name}；最接近：{suggestion}",
    ),
    "arithmetic_on_fields": (
        "fields are not calculated with inside a question; declare a computed field",
        "查询中不能对字段做运算，请定义计算字段",
    ),
    "bad_cursor": ("the cursor belongs to another question", "分页游标不属于此查询"),
    "bad_limit": (
        "the limit must be a whole number from 1 to {limit}",
        "条数必须是 1 到 {limit} 的整数",
    ),
    "unknown_bucket": (
        "{name} is no bucket; known: {known}",
        "{name} 不是时间分组；已有：{known}",
    ),
    "bucket_kind": (
        "only dates and moments have buckets, not {kind}",
        "只有日期和时刻能按时间分组，{kind} 不行",
    ),
    "unknown_measure": (
        "there is no figure {name}; known: {known}",
        "没有统计 {name}；已有：{known}",
    ),
    "measure_kind": ("{function} is not defined for {kind}", "{kind} 类型不能做 {function}"),
    "not_groupable": ("{kind} values cannot be grouped by", "{kind} 类型不能分组"),
    "name_taken": ("two columns are called {name}", "有两列都叫 {name}"),
    "unknown_column": ("there is no column {name}; known: {known}", "没有列 {name}；已有：{known}"),
    "sum_too_large": ("a sum has more than {limit} digits", "合计超过 {limit} 位数字"),
    "field_withheld": (
        "{name} is masked for you: it is shown, but cannot be asked about",
        "字段 {name} 对您脱敏显示，不能用于条件、排序或统计",
    ),
    "needs_constant_level": (
        "{function} needs a level: 'read', 'update' or 'full'",
        "{function} 需要级别：'read'、'update' 或 'full'",
    ),
    "roll_up_withheld": (
        "the roll-up {name} counts what you may not see, or of another moment; it is shown,"
        " but cannot be asked about",
        "汇总字段 {name} 统计了您无权查看或其他时刻的数据，只能显示，不能用于条件或排序",
    ),
    "empties_last_first": (
        "empties can be put last for the first ascending term of an order only",
        "只有排序的第一个升序项可以把空值放在最后",
    ),
}
