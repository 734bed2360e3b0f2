"""Working with customers: follow-ups, tasks, notes."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Date, DateTime, Duration, LongText
from crmcore.schema.field import Field, Preset
from crmcore.schema.module import Module
from crmcore.schema.standard.parts import LINE, choice, loose, owner, part_of, remark, said

_ACCOUNT: Final = said("客户", "Account", "客户名称", "所属客户", "公司名称", "公司", "Customer")
_CONTACT: Final = said("联系人", "Contact", "联系人姓名", "客户联系人")
_OPPORTUNITY: Final = said("商机", "Opportunity", "商机名称", "关联商机", "销售机会")
_LEAD: Final = said("线索", "Lead", "销售线索", "线索名称")

ACTIVITY: Final = Module(
    "activity",
    [
        Field("subject", LINE, said("主题", "Subject", "跟进主题", "标题", "Title")),
        Field("account", part_of("account"), _ACCOUNT, indexed=True),
        Field("contact", loose("contact"), _CONTACT),
        Field("opportunity", loose("opportunity"), _OPPORTUNITY, indexed=True),
        Field("lead", loose("lead"), _LEAD),
        Field(
            "channel",
            choice(
                ("phone", "电话", "Phone", "电话沟通", "打电话"),
                ("visit", "上门拜访", "Visit", "拜访", "客户拜访", "实地拜访"),
                ("wechat", "微信", "WeChat", "QQ/微信"),
                ("email", "邮件", "Email", "电子邮件", "邮箱"),
                ("sms", "短信", "Text message"),
                ("meeting", "会议", "Meeting", "面谈", "视频会议"),
                ("chat", "在线聊天", "Online chat", "在线沟通", "QQ"),
                ("other", "其他", "Other", "其它"),
            ),
            said("跟进方式", "Channel", "沟通方式", "联系方式", "方式", "跟进类型"),
        ),
        Field(
            "happened_at",
            DateTime(),
            said("跟进时间", "When", "联系时间", "沟通时间", "跟进日期", "拜访时间"),
            default=Preset("now"),
            indexed=True,
        ),
        Field("duration", Duration(), said("时长", "Duration", "通话时长"), help="以分钟计"),
        Field(
            "content",
            LongText(),
            said("跟进内容", "Content", "内容", "沟通内容", "跟进记录", "跟进情况", "沟通记录"),
        ),
        Field("result", LINE, said("跟进结果", "Result", "结果", "沟通结果")),
        Field(
            "next_contact_at",
            DateTime(),
            said("下次联系时间", "Next contact", "下次跟进时间", "下次跟进日期"),
            indexed=True,
        ),
        owner("跟进人", "记录人", "负责人"),
        remark(),
    ],
    title="subject",
    label=said("跟进记录", "Activity", "跟进", "沟通记录", "沟通历史", "拜访记录", "联系记录"),
    help="与客户的每一次接触",
)

TASK: Final = Module(
    "task",
    [
        Field(
            "subject",
            LINE,
            said("任务主题", "Subject", "任务", "任务名称", "主题", "标题", "待办事项", "Title"),
            required=True,
        ),
        Field("account", loose("account"), _ACCOUNT, indexed=True),
        Field("contact", loose("contact"), _CONTACT),
        Field("opportunity", loose("opportunity"), _OPPORTUNITY),
        Field("lead", loose("lead"), _LEAD),
        Field(
            "due_at",
            DateTime(),
            said("截止时间", "Due", "截止日期", "到期时间", "完成期限"),
            indexed=True,
        ),
        Field("remind_at", DateTime(), said("提醒时间", "Reminder")),
        Field(
            "priority",
            choice(
                ("high", "高", "High", "紧急"),
                ("normal", "中", "Normal", "普通"),
                ("low", "低", "Low"),
            ),
            said("优先级", "Priority", "重要程度"),
            default="normal",
        ),
        Field(
            "status",
            choice(
                ("open", "未开始", "Open", "待办", "待处理"),
                ("working", "进行中", "Working", "处理中"),
                ("done", "已完成", "Done", "完成"),
                ("cancelled", "已取消", "Cancelled", "取消"),
            ),
            said("任务状态", "Status", "状态"),
            default="open",
            indexed=True,
        ),
        Field("done_at", DateTime(), said("完成时间", "Done at", "完成日期")),
        Field("content", LongText(), said("任务内容", "Content", "内容", "任务描述")),
        owner("负责人", "执行人", "经办人"),
        remark(),
    ],
    title="subject",
    label=said("任务", "Task", "待办", "待办任务", "日程", "To-do"),
    help="要在某个时间之前做完的事",
)

NOTE: Final = Module(
    "note",
    [
        Field("subject", LINE, said("标题", "Subject", "主题", "Title")),
        Field("content", LongText(), said("内容", "Content", "备注", "备注内容"), required=True),
        Field("written_on", Date(), said("日期", "Date", "记录日期"), default=Preset("today")),
        Field("account", part_of("account"), _ACCOUNT, indexed=True),
        Field("contact", part_of("contact"), _CONTACT, indexed=True),
        Field("opportunity", part_of("opportunity"), _OPPORTUNITY, indexed=True),
        Field("lead", part_of("lead"), _LEAD, indexed=True),
        owner("记录人", "作者"),
    ],
    title="subject",
    label=said("备注", "Note", "笔记", "备忘"),
    help="关于客户、联系人、商机或线索的文字",
)
