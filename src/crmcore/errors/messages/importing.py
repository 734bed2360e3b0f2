"""Sentences of the codes raised while files are read and imported."""

MESSAGES: dict[str, tuple[str, str]] = {
    "missing_extra": (
        "{package} is not installed; install it with: pip install 'crmcore[{extra}]'",
        "未安装 {package}；请执行：pip install 'crmcore[{extra}]'",
    ),
    # Files that cannot be opened, or are something else.
    "source_missing": ("there is no file {file}", "找不到文件 {file}"),
    "source_denied": ("the file {file} may not be read", "没有读取文件 {file} 的权限"),
    "source_is_folder": ("{file} is a folder, not a file", "{file} 是文件夹，不是文件"),
    "source_failed": (
        "the file {file} cannot be read: {reason}",
        "无法读取文件 {file}：{reason}",
    ),
    "source_closed": (
        "{file} was closed; open it again to read it",
        "{file} 已关闭；请重新打开后再读取",
    ),
    "source_empty": ("the file {file} is empty", "文件 {file} 是空的"),
    "source_too_large": (
        "{file} is larger than the limit of {limit} bytes",
        "{file} 超过了 {limit} 字节的上限",
    ),
    "source_text_mode": (
        "{file} is open in text mode; open it in binary mode",
        "{file} 以文本模式打开；请以二进制模式打开",
    ),
    "source_kind": (
        "rows cannot be read from {type}; give a path, bytes, a binary file or mappings",
        "无法从 {type} 读取数据；请提供路径、字节、二进制文件或字典序列",
    ),
    "source_without_sheets": ("{file} has no sheets", "{file} 中没有工作表"),
    "source_out_of_memory": (
        "{file} needs more memory than there is",
        "读取 {file} 时内存不足",
    ),
    "source_slow": (
        "reading {file} takes longer than the limit of {limit} seconds",
        "读取 {file} 超过了 {limit} 秒的时限",
    ),
    "source_damaged": (
        "the file {file} is damaged and cannot be read ({reason})",
        "文件 {file} 已损坏，无法读取（{reason}）",
    ),
    "source_xls": (
        "{file} is a workbook of the old .xls format; save it as .xlsx",
        "{file} 是旧的 .xls 格式；请另存为 .xlsx",
    ),
    "source_xlsb": (
        "{file} is a binary workbook (.xlsb); save it as .xlsx",
        "{file} 是二进制工作簿（.xlsb）；请另存为 .xlsx",
    ),
    "source_html": (
        "{file} is a web page, whatever its name says; open it in a spreadsheet program and "
        "save it as .xlsx",
        "{file} 实际上是网页；请用表格软件打开并另存为 .xlsx",
    ),
    "source_xml": (
        "{file} is an XML file; open it in a spreadsheet program and save it as .xlsx",
        "{file} 是 XML 文件；请用表格软件打开并另存为 .xlsx",
    ),
    "source_foreign": (
        "{file} is a file of the kind {kind}; save the table as .xlsx or .csv",
        "{file} 是 {kind} 文件；请将表格另存为 .xlsx 或 .csv",
    ),
    "source_no_table": (
        "{file} is neither a workbook nor delimited text",
        "{file} 既不是工作簿，也不是分隔文本",
    ),
    # Workbooks.
    "workbook_encrypted": (
        "{file} is protected by a password; save it without one",
        "{file} 设有密码；请取消密码后再保存",
    ),
    "zip_truncated": (
        "the workbook {file} is incomplete or damaged; copy or download it again",
        "工作簿 {file} 不完整或已损坏；请重新复制或下载",
    ),
    "zip_damaged": (
        "the part {part} of {file} is damaged",
        "{file} 中的 {part} 已损坏",
    ),
    "zip_part_missing": (
        "the part {part} of the workbook {file} is missing",
        "工作簿 {file} 缺少 {part}",
    ),
    "zip_no_workbook": (
        "{file} is a zip file, but no workbook",
        "{file} 是压缩文件，但不是工作簿",
    ),
    "zip_entries": (
        "{file} has more than {limit} parts",
        "{file} 包含的部件超过 {limit} 个",
    ),
    "zip_bomb": (
        "{file} is refused: {part} unpacks to far more than a workbook holds",
        "拒绝读取 {file}：{part} 解压后的大小远超正常工作簿",
    ),
    "xml_doctype": (
        "{file} is refused: {part} declares a document type, which no workbook does",
        "拒绝读取 {file}：{part} 声明了文档类型，正常工作簿不会如此",
    ),
    "xml_damaged": (
        "the part {part} of {file} is damaged",
        "{file} 中的 {part} 已损坏",
    ),
    "sheet_missing": (
        "{file} has no sheet {sheet}; it has: {known}",
        "{file} 中没有工作表 {sheet}；现有：{known}",
    ),
    "sheet_damaged": (
        "{file}, sheet {sheet}: damaged after row {row}",
        "{file}，工作表 {sheet}：第 {row} 行之后已损坏",
    ),
    "sheet_rows": (
        "{file}, sheet {sheet}: more than {limit} rows (after row {row})",
        "{file}，工作表 {sheet}：超过 {limit} 行（第 {row} 行之后）",
    ),
    "sheet_columns": (
        "{file}, sheet {sheet}, row {row}: column {column} lies beyond the limit of {limit} "
        "columns",
        "{file}，工作表 {sheet}，第 {row} 行：{column} 列超出了 {limit} 列的上限",
    ),
    "sheet_too_sparse": (
        "{file}, sheet {sheet}, row {row}: values stand too far right, behind more than {limit} "
        "empty cells in all",
        "{file}，工作表 {sheet}，第 {row} 行：数据过于靠右，累计空单元格超过 {limit} 个",
    ),
    "sheet_merged_ranges": (
        "{file}, sheet {sheet}: more than {limit} merged ranges",
        "{file}，工作表 {sheet}：合并单元格超过 {limit} 处",
    ),
    "row_too_long": (
        "{file}, sheet {sheet}, row {row}: more than {limit} characters",
        "{file}，工作表 {sheet}，第 {row} 行：超过 {limit} 个字符",
    ),
    # Delimited text.
    "csv_encoding": (
        "{encoding} is no known text encoding (for {file})",
        "未知的文本编码 {encoding}（文件 {file}）",
    ),
    "csv_delimiter": (
        "{delimiter} cannot separate cells (in {file}): one character is needed, and no quote",
        "{delimiter} 不能用作分隔符（文件 {file}）：须为单个字符，且不能是引号",
    ),
    "csv_unclosed_quote": (
        "{file}, row {row} (line {line} of the file): a quote is opened and not closed",
        "{file}，第 {row} 行（文件第 {line} 行）：引号没有闭合",
    ),
    "csv_row_too_long": (
        "{file}, line {line} of the file: a row of more than {limit} characters; a quote may "
        "not be closed",
        "{file}，文件第 {line} 行：一行超过 {limit} 个字符，可能有引号没有闭合",
    ),
    # Mappings.
    "record_not_mapping": (
        "{file}, row {row}: a mapping of names to values is needed, not {type}",
        "{file}，第 {row} 行：需要名称到值的字典，而不是 {type}",
    ),
    "record_key": (
        "{file}, row {row}: names of columns are texts, not {type}",
        "{file}，第 {row} 行：列名必须是文本，而不是 {type}",
    ),
    "record_value": (
        "{file}, row {row}, {column}: a cell cannot hold {type}",
        "{file}，第 {row} 行，{column}：单元格不能存放 {type}",
    ),
    # Cells that are broken while the rest of the row is fine.
    "cell_error": (
        "the cell holds the error {text} instead of a value",
        "单元格的值是错误 {text}",
    ),
    "cell_formula_uncached": (
        "the formula {text} was never calculated; open the file in a spreadsheet program and "
        "save it",
        "公式 {text} 没有计算结果；请用表格软件打开并保存文件",
    ),
    "cell_date_out_of_range": (
        "{text} lies outside the calendar",
        "{text} 超出了日期范围",
    ),
    "cell_date_unreal": (
        "{text} stands for 1900-02-29, a day that never was",
        "{text} 表示 1900-02-29，该日期并不存在",
    ),
    "cell_not_a_number": ("{text} is no number", "{text} 不是数字"),
    "cell_too_long": (
        "the text is longer than a cell may be; it begins with {text}",
        "文本超过单元格的长度上限；开头为 {text}",
    ),
    "cell_undecodable": (
        "the text has characters that are broken in the encoding of the file: {text}",
        "文本中有无法按文件编码识别的字符：{text}",
    ),
    "cell_unreadable": (
        "the content {text} of the cell cannot be read",
        "无法读取单元格的内容 {text}",
    ),
}
