"""Sentences of the codes raised by merging records."""

MESSAGES: dict[str, tuple[str, str]] = {
    "merge_of_nothing": (
        "name the record to keep and 1 to {limit} others, each of them once",
        "请给出要保留的记录和 1 至 {limit} 条其他记录，每条只给一次",
    ),
    "merge_of_module": (
        "records of {name} are not merged; merge those of a module of your own",
        "{name} 的记录不能合并；只能合并自有模块的记录",
    ),
    "merge_source": (
        "{source} is none of the records that are merged",
        "{source} 不在被合并的记录之中",
    ),
    "merge_unseen_value": (
        "you do not see this value in the record {source}, and cannot take it from there",
        "您看不到记录 {source} 中的该值，不能取用",
    ),
    "merge_needs_approval": (
        "the link to a merged record changes only with approval: change it before you merge",
        "指向被合并记录的该关联须经审批才能修改：请先修改，再合并",
    ),
}
