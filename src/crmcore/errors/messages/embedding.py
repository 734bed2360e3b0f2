"""Sentences of the codes raised where the library lives in an application of others."""

MESSAGES: dict[str, tuple[str, str]] = {
    "change_set_missing": (
        "nothing tells who changed this record, or when: there is no change set {change_set}. A"
        " host committed inside a unit of work that was not at its end",
        "无法得知谁在何时修改了此记录：没有变更集 {change_set}。宿主在工作单元结束前提交了事务",
    ),
    "no_tables": (
        "a store of {backend} has no tables; ask the workspace itself",
        "{backend} 存储没有数据表，请直接向工作区提问",
    ),
    "table_of_host": (
        "this module lies in a table of the host, or leads to one; join that table itself",
        "该模块位于宿主的数据表中（或引用了这样的表），请直接连接该表",
    ),
    "step_pending": (
        "the store needs this first, and is not changed here: {step} (see crmcore migrate)",
        "存储需先执行此步骤，此处不做更改：{step}（见 crmcore migrate）",
    ),
    "cannot_check": (
        "a store of {backend} has no steps that could be listed; open it without evolve='check'",
        "{backend} 存储没有可列出的步骤，请勿使用 evolve='check' 打开",
    ),
    "check_creates_nothing": (
        "with evolve='check' nothing is created; create the workspace without it",
        "evolve='check' 不会创建任何内容，请去掉该选项再创建工作区",
    ),
    "encoded_column": (
        "values of kind {kind} are stored encoded: compare them with constants or columns of the"
        " same kind, sort them, or take sum, min and max; compute with them in Python or by a view",
        "{kind} 类型的值以编码形式存储：可与常量或同类型的列比较、排序、求和、取最小最大值；"
        "其他计算请在 Python 中或通过视图进行",
    ),
}
