"""Sentences of the codes raised by tables."""

MESSAGES: dict[str, tuple[str, str]] = {
    "table_column_unknown": (
        "there is no column {name}; did you mean {suggestion}? There are: {known}",
        "没有名为 {name} 的列；是否指 {suggestion}？现有的列：{known}",
    ),
    "table_column_ambiguous": (
        "several columns are called {name}; use one of the names {known}",
        "有多个列叫 {name}；请使用列名：{known}",
    ),
    "table_column_repeated": (
        "two columns are named {name}",
        "有两个列同名：{name}",
    ),
    "table_row_width": (
        "row {row} has {found} values, but there are {expected} columns",
        "第 {row} 行有 {found} 个值，但共有 {expected} 列",
    ),
    "table_value_type": (
        "column {name} holds a value that does not fit into its type {type}",
        "列 {name} 中有不符合其类型 {type} 的值",
    ),
    "plot_no_measure": (
        "there is no number to plot: summarize first, and name one of its measures",
        "没有可绘制的数值：请先汇总，并指定其中一个度量",
    ),
    "plot_funnel_dimensions": (
        "a funnel shows one dimension; group by the stage alone",
        "漏斗图只显示一个维度；请仅按阶段分组",
    ),
    "plot_too_large": (
        "{labels} labels in {series} series cannot be read in one chart, "
        "which shows at most {most_labels} in {most_series}; ask for the top ones",
        "一张图最多显示 {most_series} 个系列、{most_labels} 个标签，"
        "无法显示 {series} 个系列、{labels} 个标签；请只取最前面的部分",
    ),
}
