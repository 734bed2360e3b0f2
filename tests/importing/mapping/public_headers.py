"""Headers of exports and templates of well-known CRM products, and the field each one means.

`None` means that no field of `tests.importing.mapping.schema` is meant.
"""

from __future__ import annotations

Expected = dict[str, str | None]

SHEETS: tuple[tuple[str, str, Expected], ...] = (
    (
        "纷享销客 客户", "account",
        {
            "客户名称（必填）": "name", "客户编号": "code", "客户级别": "level",
            "客户来源": "source", "所属行业": "industry", "所属区域": "region", "省": "province",
            "市": "city", "详细地址": "address", "电话": "phone", "传真": "fax", "邮件": "email",
            "网址": "website", "上级客户": "parent", "负责人（必填）": "owner", "备注": "note",
            "成交状态": None, "最后跟进时间": None, "归属部门": None,
        },
    ),
    (
        "纷享销客 联系人", "contact",
        {
            "姓名（必填）": "name", "客户名称": "account.name", "职务": "job_title",
            "部门": "department", "手机1": None, "电话": "phone", "邮件": "email",
            "性别": "gender", "生日": "birthday", "微信": "wechat", "介绍人": None,
            "备注": "note",
        },
    ),
    (
        "销售易 销售机会", "opportunity",
        {
            "销售机会名称": "name", "客户名称": "account.name", "销售金额(元)": "amount",
            "销售阶段": "stage", "赢率(%)": "probability", "结单日期": "close_date",
            "机会类型": "type", "机会来源": "source", "销售机会所有人": "owner",
            "丢单原因": "lost_reason", "创建日期": None, "所属部门": None,
        },
    ),
    (
        "Zoho Leads", "lead",
        {
            "Lead Owner": "owner", "First Name": None, "Last Name": None, "Company": "company",
            "Title": "job_title", "Email": "email", "Phone": "phone", "Mobile": "mobile",
            "Website": "website", "Lead Source": "source", "Lead Status": "status",
            "Industry": "industry", "No. of Employees": None, "Annual Revenue": None,
            "Rating": None, "Street": "address", "City": "city", "Zip Code": None,
            "Description": "description", "Email Opt Out": None, "Secondary Email": None,
            "Skype ID": None,
        },
    ),
    (
        "Zoho Contacts", "contact",
        {
            "Contact Owner": "owner", "Contact Name": "name", "Account Name": "account.name",
            "Title": "job_title", "Department": "department", "Email": "email", "Phone": "phone",
            "Mobile": "mobile", "Home Phone": None, "Other Phone": None, "Assistant": None,
            "Date of Birth": "birthday", "Lead Source": None, "Mailing City": None,
            "Description": "note", "Assistant Phone": None,
        },
    ),
    (
        "Salesforce Opportunities", "opportunity",
        {
            "Opportunity Name": "name", "Account Name": "account.name", "Amount": "amount",
            "Close Date": "close_date", "Stage": "stage", "Probability (%)": "probability",
            "Type": "type", "Lead Source": "source", "Next Step": "next_step",
            "Opportunity Owner": "owner", "Expected Revenue": None, "Created Date": None,
            "Fiscal Period": None, "Age": None, "Primary Campaign Source": None,
            "Description": "note",
        },
    ),
    (
        "Salesforce Accounts", "account",
        {
            "Account Name": "name", "Account Number": "code", "Parent Account": "parent",
            "Industry": "industry", "Phone": "phone", "Fax": "fax", "Website": "website",
            "Employees": "employees", "Annual Revenue": "revenue", "Account Owner": "owner",
            "Account Source": "source", "Billing City": None, "Shipping Street": None,
            "SIC Code": None, "Ticker Symbol": None, "Last Modified Date": None,
        },
    ),
    (
        "HubSpot contacts", "contact",
        {
            "First Name": None, "Last Name": None, "Email": "email", "Phone Number": "phone",
            "Mobile Phone Number": "mobile", "Job Title": "job_title",
            "Company Name": "account.name", "Contact owner": "owner", "Lifecycle Stage": None,
            "Lead Status": None, "Create Date": None, "Street Address": "address",
            "Last Activity Date": None, "Number of Form Submissions": None,
        },
    ),
    (
        "HubSpot deals", "opportunity",
        {
            "Deal Name": "name", "Deal Stage": "stage", "Amount": "amount",
            "Close Date": "close_date", "Deal owner": "owner", "Deal Type": "type",
            "Closed Lost Reason": "lost_reason", "Pipeline": None,
            "Associated Company": "account.name", "Create Date": None,
        },
    ),
    (
        "HubSpot companies", "account",
        {
            "Company name": "name", "Company owner": "owner", "Phone Number": "phone",
            "City": "city", "State/Region": "province", "Postal Code": "postcode",
            "Industry": "industry", "Number of Employees": "employees",
            "Annual Revenue": "revenue", "Website URL": "website", "About Us": "note",
            "LinkedIn Company Page": None, "Time Zone": None,
        },
    ),
    (
        "Odoo CRM", "opportunity",
        {
            "Opportunity": "name", "Customer": "account.name", "Expected Revenue": "amount",
            "Probability": "probability", "Stage": "stage", "Salesperson": "owner",
            "Sales Team": None, "Expected Closing": "close_date", "Notes": "note",
            "Lost Reason": "lost_reason", "Email": None, "Phone": None, "Priority": None,
        },
    ),
    (
        "Odoo partners", "account",
        {
            "Name": "name", "Phone": "phone", "Email": "email", "Street": "address",
            "City": "city", "Zip": "postcode", "State": "province", "Tax ID": "credit_code",
            "Website": "website", "Tags": "tags", "Salesperson": "owner", "Notes": "note",
            "Internal Reference": "code", "Bank": None, "Language": None,
        },
    ),
    (
        "WPS 客户登记表", "account",
        {
            "序号": None, "公司名称*": "name", "公司地址": "address", "联系人": None,
            "联系电话": "phone", "联系邮箱": "email", "公司规模": "employees",
            "行业类型": "industry", "客户等级": "level", "客户状态": "status", "客户标签": "tags",
            "客户描述": "note", "公司网站": "website", "税号": "credit_code", "兴趣爱好": None,
            "过去购买记录": None, "填写时间": None,
        },
    ),
    (
        "WPS 线索表", "lead",
        {
            "1. 客户姓名": "name", "2、手机号码": "mobile", "所在公司": "company",
            "职位": "job_title", "邮箱地址": "email", "线索来源": "source", "线索状态": "status",
            "所在城市": "city", "跟进人": "owner", "客户需求": None, "提交者": None,
            "提交时间": None, "微信号": None,
        },
    ),
    (
        "Excel 商机台账", "opportunity",
        {
            "商机": "name", "客户": None, "客户编号": "account.code",
            "预计成交金额（万元）": "amount", "预计签单日期": "close_date",
            "成交概率": "probability", "当前阶段": "stage", "下一步计划": "next_step",
            "最近跟进时间": "last_contact", "业务员": "owner", "备注说明": "note",
            "竞争对手": None, "客户电话": None,
        },
    ),
    (
        "ERP 订单", "order",
        {
            "订单号": "code", "客户编码": "account.code", "产品名称": "product.name",
            "购买数量": "quantity", "订单金额": "amount", "下单时间": "order_date", "单价": None,
            "收货地址": None, "订单备注": "note", "付款状态": None,
        },
    ),
    (
        "ERP 产品", "product",
        {
            "产品名称": "name", "货号": "code", "规格型号": "spec", "计量单位": "unit",
            "标准价格": "price", "是否启用": "active", "库存": None, "产品图片": None,
        },
    ),
    (
        "Pipedrive deals", "opportunity",
        {
            "Deal - Title": "name", "Deal - Value": "amount",
            "Deal - Organization": "account.name", "Deal - Contact person": "contact.name",
            "Deal - Expected close date": "close_date", "Deal - Stage": "stage",
            "Deal - Owner": "owner", "Deal - Lost reason": "lost_reason",
            "Deal - Probability": "probability", "Deal - Status": None,
            "Deal - Deal created": None, "Deal - Pipeline": None,
            "Deal - Currency of Value": None,
        },
    ),
    (
        "Dynamics 365 accounts", "account",
        {
            "Account Name": "name", "Account Number": "code", "Main Phone": "phone", "Fax": "fax",
            "Email": "email", "Website": "website", "Parent Account": "parent",
            "Industry": "industry", "Number of Employees": "employees",
            "Annual Revenue": "revenue", "Address 1: City": None, "Primary Contact": None,
            "Owner": "owner", "Description": "note", "(Do Not Modify) Modified On": None,
            "Credit Hold": None,
        },
    ),
    (
        "SuiteCRM leads", "lead",
        {
            "Full Name": "name", "Account Name": "company", "Job Title": "job_title",
            "Office Phone": "phone", "Mobile": "mobile", "Email Address": "email",
            "Lead Source": "source", "Status": "status", "Assigned to": "owner",
            "Website": "website", "Description": "description", "Date Created": None,
            "Lead Source Description": None, "Refered By": None, "Home Phone": None,
        },
    ),
    (
        "悟空CRM 客户", "account",
        {
            "客户名称": "name", "手机": None, "电话": "phone", "网址": "website", "邮箱": "email",
            "客户行业": "industry", "客户来源": "source", "客户级别": "level",
            "下次联系时间": None, "备注": "note", "负责人": "owner", "成交状态": None,
            "详细地址": "address", "地区定位": None, "最后跟进记录": None, "创建人": None,
            "更新时间": None,
        },
    ),
    (
        "悟空CRM 联系人", "contact",
        {
            "联系人姓名": "name", "客户名称": "account.name", "手机": "mobile", "电话": "phone",
            "邮箱": "email", "职务": "job_title", "是否关键决策人": None, "地址": "address",
            "下次联系时间": None, "备注": "note", "性别": "gender",
        },
    ),
    (
        "简道云 商机", "opportunity",
        {
            "商机名称": "name", "关联客户": "account.name", "联系人姓名": "contact.name",
            "商机金额": "amount", "销售阶段": "stage", "预计成交日期": "close_date",
            "赢单概率(%)": "probability", "商机负责人": "owner", "商机类型": "type",
            "输单原因": "lost_reason", "商机描述": "note", "联系人电话": None, "商机编号": None,
            "所在部门": None, "最新跟进时间": "last_contact",
        },
    ),
    (
        "钉钉 客户表", "account",
        {
            "企业名称": "name", "统一社会信用代码": "credit_code", "所在省份": "province",
            "所在城市": "city", "企业地址": "address", "企业邮箱": "email", "企业电话": "phone",
            "企业官网": "website", "员工数量": "employees", "营业收入（万元）": "revenue",
            "客户分级": "level", "客户归属人": "owner", "法定代表人": None, "成立日期": None,
            "注册资本": None, "开户银行": None, "经营范围": None,
        },
    ),
)  # fmt: skip
