"""Sentences of the codes raised by storage."""

MESSAGES: dict[str, tuple[str, str]] = {
    "record_changed": (
        "somebody changed or removed this record meanwhile; read it again",
        "该记录已被他人修改或删除，请重新读取",
    ),
    "value_taken": ("the value of {fields} is taken", "{fields} 的值已被占用"),
    "cannot_join": ("{backend} cannot join the transaction of a host", "{backend} 不能加入宿主事务"),
    "store_busy": ("the store is busy; try again", "存储正忙，请重试"),
    "read_only": ("this transaction only reads", "该事务只读"),
    "transaction_over": ("the transaction is over", "事务已结束"),
    "iterator_closed": (
        "the answer ended because something was written; read it first",
        "因有写入，查询结果已失效，请先读完再写",
    ),
}
