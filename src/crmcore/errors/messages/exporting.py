"""Sentences of the codes raised while files are written."""

MESSAGES: dict[str, tuple[str, str]] = {
    "row_width": (
        "row {row} has {found} values, but there are {expected} columns",
        "第 {row} 行有 {found} 个值，但共有 {expected} 列",
    ),
    "cell_type": (
        "a value of type {type} cannot be written into a cell",
        "无法将 {type} 类型的值写入单元格",
    ),
    "unknown_cell_error": (
        "{value} is not an error that spreadsheets know",
        "{value} 不是电子表格的错误值",
    ),
    "text_encoding": (
        "row {row} contains characters that {encoding} does not have",
        "第 {row} 行含有 {encoding} 编码无法表示的字符",
    ),
    "no_sheets": (
        "a workbook needs at least one visible sheet",
        "工作簿至少需要一个可见的工作表",
    ),
    "xlsx_rows": (
        "a sheet holds at most {limit} rows; write a CSV file or several sheets",
        "一个工作表最多 {limit} 行；请改用 CSV 文件或多个工作表",
    ),
    "xlsx_columns": (
        "a sheet holds at most {limit} columns, not {found}",
        "一个工作表最多 {limit} 列，无法容纳 {found} 列",
    ),
    "xlsx_text_too_long": (
        "the text for cell {cell} has {length} characters, a cell holds {limit}; write a CSV file",
        "单元格 {cell} 的文本有 {length} 个字符，单元格最多容纳 {limit} 个；请改用 CSV 文件",
    ),
    "xlsx_too_large": (
        "a sheet would exceed {limit} bytes; write a CSV file",
        "工作表将超过 {limit} 字节；请改用 CSV 文件",
    ),
    "demo_too_small": (
        "the demo book needs at least {limit} customers, not {customers}",
        "演示工作簿至少需要 {limit} 家客户，而不是 {customers} 家",
    ),
}
