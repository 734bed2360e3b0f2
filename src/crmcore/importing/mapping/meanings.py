"""What columns are called in the files of the world: words of one meaning, by line.

A field belongs to a meaning if its name or one of its labels is among the words. Words are
compared without case, blanks and punctuation. A word may have several meanings.
"""

from __future__ import annotations

from typing import Final

MEANINGS: Final[dict[str, str]] = {
    "name": "名称|名字|全称|名|name",
    "person_name": "姓名|名字|全名|full name|display name|person name",
    "subject": "主题|标题|subject|topic|headline|title",
    "first_name": "first name|given name|forename",
    "last_name": "姓|姓氏|last name|surname|family name",
    "code": "编号|编码|代码|代号|单号|号|code|number|no|id|reference|ref",
    "phone": "电话|电话号码|电话号|联系电话|联系号码|联系方式|座机|座机号|座机号码|固定电话|固话"
    "|办公电话|工作电话|tel|tel no|telephone|telephone number|phone|phone number|phone no"
    "|business phone|work phone|office phone|contact number|contact phone",
    "mobile": "手机|手机号|手机号码|移动电话|手机电话|联系手机|mobile|mobile phone"
    "|mobile phone number|mobile number|mobile no|cell|cell phone|cell phone number|cellphone",
    "fax": "传真|传真号|传真号码|fax|fax number|fax no",
    "email": "邮箱|邮箱地址|电子邮箱|电子邮箱地址|电子邮件|电子邮件地址|邮件|邮件地址|电邮"
    "|联系邮箱|工作邮箱|email|mail|email address|e-mail address|work email|business email"
    "|email id",
    "wechat": "微信|微信号|微信号码|微信id|wechat|wechat id|weixin",
    "qq": "qq|qq号|qq号码",
    "website": "网址|网站|官网|官方网站|主页|网站地址|官网地址|website|web site|website url|url"
    "|homepage|home page|web|web address",
    "address": "地址|详细地址|联系地址|通讯地址|通信地址|办公地址|街道|街道地址|address|street"
    "|street address|full address|mailing address|contact address|office address",
    "country": "国家|国家地区|国别|country|country/region|nation",
    "province": "省|省份|所在省|所在省份|省市自治区|province|state|state/province|state/region",
    "city": "城市|市|所在城市|所在市|city|town|city/town",
    "district": "区县|区/县|县|县区|district|county",
    "region": "区域|地区|所属区域|所在地区|销售区域|大区|片区|region|territory|area|sales region",
    "postcode": "邮编|邮政编码|zip|zip code|postal code|post code|postcode|zip/postal code|zipcode",
    "industry": "行业|所属行业|所在行业|行业类型|行业类别|行业分类|行业领域|industry"
    "|industry type|vertical|sector",
    "employees": "员工数|员工人数|员工数量|雇员数|人数|公司人数|employees|number of employees"
    "|no. of employees|employee count|num employees|headcount|total employees",
    "size": "规模|公司规模|企业规模|人员规模|size|company size|employee size|人数规模",
    "revenue": "年营业额|营业额|年收入|营业收入|年营收|年销售额|annual revenue|revenue"
    "|annual turnover",
    "level": "级别|等级|分级|客户级别|客户等级|level|grade|tier|rating|class|重要级别|重要等级",
    "type": "类型|类别|分类|种类|性质|type|category|kind",
    "status": "状态|当前状态|状态值|跟进状态|处理状态|status|lead status|current status",
    "stage": "阶段|销售阶段|当前阶段|进展阶段|跟进阶段|所处阶段|商机阶段|stage|sales stage"
    "|deal stage|pipeline stage|current stage|stage name",
    "source": "来源|来源渠道|渠道来源|获客渠道|获取渠道|来源方式|客户来源|线索来源|source"
    "|lead source|original source|acquisition channel|source channel|source type",
    "owner": "负责人|所有人|所有者|拥有者|归属人|归属销售|客户经理|销售负责人|业务员|销售员"
    "|销售人员|销售代表|销售经理|跟进人|跟进人员|所属人|所属销售|所属员工|负责销售|销售|专属顾问"
    "|owner|record owner|assigned to|assigned user|assignee|salesperson|sales person|sales rep"
    "|sales representative|account manager|responsible|responsible person|owner name",
    "department": "部门|所属部门|所在部门|归属部门|部门名称|department|dept|division",
    "team": "团队|销售团队|team|sales team",
    "job_title": "职务|职位|岗位|头衔|职称|职级|title|job title|position|job position|job"
    "|job role|designation",
    "gender": "性别|gender|sex",
    "birthday": "生日|出生日期|出生年月日|birthday|birth date|date of birth|dob|birthdate",
    "salutation": "称呼|称谓|尊称|salutation|honorific",
    "note": "备注|备注信息|备注说明|备注内容|其他备注|附注|note|notes|remark|remarks|comment"
    "|comments|memo|internal notes|additional notes",
    "description": "描述|说明|简介|介绍|详情|详细描述|详细说明|描述信息|description|details|about"
    "|introduction|about us",
    "amount": "金额|总金额|总额|总价|预计金额|预估金额|预计销售金额|预计成交金额|预计签单金额"
    "|成交金额|销售金额|交易金额|amount|total|total amount|value|deal value|deal amount"
    "|grand total|total price|price total|金额合计|合计金额",
    "expected_revenue": "预期收入|预计收入|expected revenue|estimated revenue|estimated value",
    "paid": "回款金额|已回款金额|已付金额|实收金额|已收金额|paid|amount paid|paid amount",
    "probability": "概率|成交概率|赢率|赢单率|成功率|可能性|成单概率|赢单概率|成单率|成交可能性"
    "|probability|win probability|win rate|win likelihood|probability percent",
    "close_date": "预计成交日期|预计成交时间|预计签单日期|预计签单时间|预计签约日期|预计结单日期"
    "|预计关闭日期|预计赢单日期|预计结束日期|成交日期|预计成单日期|结单日期|close date"
    "|closing date|expected close date|expected closing|expected closing date|expected close"
    "|estimated close date|closed date|target close date",
    "start_date": "开始日期|开始时间|起始日期|起始时间|生效日期|开始|start date|start time|start"
    "|effective date|from date|begin date|valid from",
    "end_date": "结束日期|结束时间|终止日期|截止日期|到期日期|到期日|到期时间|失效日期|有效期至"
    "|end date|end time|end|expiry date|expiration date|expiry|to date|valid until|valid to",
    "due_date": "截止日期|截止时间|到期日|到期日期|期限|截止|要求完成日期|due date|due|deadline"
    "|due time",
    "signed_date": "签订日期|签约日期|签署日期|签订时间|签约时间|签署时间|sign date|signed date"
    "|signing date|date signed|signed on|customer signed date",
    "order_date": "下单日期|下单时间|订货日期|订购日期|order date|ordered at|ordered on"
    "|date ordered",
    "delivery_date": "交付日期|交货日期|发货日期|delivery date|ship date|shipping date",
    "created": "创建时间|创建日期|录入时间|录入日期|添加时间|建档日期|建档时间|登记时间|登记日期"
    "|create date|created|created at|created on|created time|created date|creation date"
    "|date created",
    "modified": "修改时间|更新时间|最后修改时间|last modified date|modified time|updated at"
    "|updated on",
    "next_step": "下一步|下一步计划|下步计划|下一步行动|next step|next steps|next action",
    "next_contact": "下次跟进时间|下次跟进日期|下次联系时间|下次联系日期|下次回访时间"
    "|next follow-up|next follow up date|next contact date|next activity date|next contact",
    "last_contact": "最近跟进时间|最新跟进时间|最后跟进时间|上次跟进时间|最近联系时间"
    "|最后联系时间|最近跟进日期|最后跟进日期|上次联系时间|last contacted|last contact date"
    "|last activity date|last activity|last follow up|last contact|last contacted date",
    "content": "内容|跟进内容|沟通内容|活动内容|拜访内容|记录内容|跟进记录|沟通记录|跟进情况"
    "|content|body|summary|message",
    "happened": "时间|日期|跟进时间|跟进日期|活动时间|活动日期|拜访时间|拜访日期|沟通时间|date"
    "|time|activity date|activity time|when|happened at|date and time",
    "method": "跟进方式|沟通方式|联系渠道|拜访方式|活动类型|跟进类型|activity type|contact method"
    "|interaction type|method|channel",
    "priority": "优先级|优先程度|紧急程度|重要程度|重要性|priority|urgency|importance",
    "price": "单价|价格|售价|销售价格|销售单价|标准价格|标准单价|定价|报价|price|unit price"
    "|list price|sales price|standard price|selling price|sale price",
    "cost": "成本|成本价|成本价格|cost|unit cost|standard cost|cost price",
    "quantity": "数量|购买数量|订购数量|采购数量|件数|quantity|qty|ordered quantity",
    "unit": "单位|计量单位|销售单位|unit|uom|unit of measure|usage unit",
    "discount": "折扣|折扣率|discount|discount rate|discount percent",
    "tax_rate": "税率|增值税率|tax rate|vat rate|tax percent",
    "spec": "规格|规格型号|型号|产品型号|specification|spec|model|model number",
    "brand": "品牌|brand|manufacturer|厂家|生产厂家",
    "sku": "货号|商品编码|物料编码|sku|product code|internal reference|item code|part number",
    "credit_code": "统一社会信用代码|社会信用代码|信用代码|统一信用代码|组织机构代码"
    "|unified social credit code|credit code|uscc",
    "tax_number": "税号|纳税人识别号|企业税号|tax id|tax number|vat number|vat|tax id number",
    "legal_person": "法人|法定代表人|法人代表|企业法人|legal representative|legal person",
    "capital": "注册资本|注册资金|registered capital",
    "founded": "成立日期|成立时间|创立时间|founded|founded date|established|established date"
    "|year founded|date founded",
    "bank": "开户行|开户银行|银行|bank|bank name",
    "bank_account": "银行账号|银行账户|银行帐号|账号|帐号|bank account|bank account number",
    "parent": "上级|上级单位|上级客户|上级公司|母公司|总公司|父级|上级分类|parent|parent account"
    "|parent company|parent category|parent id",
    "superior": "直属上级|汇报对象|汇报上级|上级联系人|reports to|manager|supervisor",
    "hobby": "兴趣爱好|爱好|兴趣|hobby|hobbies|interests",
    "tags": "标签|标签名称|tag|tags|label|labels",
    "currency": "币种|货币|货币类型|结算币种|currency|currency code",
    "payment_method": "付款方式|支付方式|结算方式|回款方式|payment method|payment mode",
    "payment_terms": "付款条件|账期|付款期限|payment terms|terms of payment",
    "lost_reason": "输单原因|丢单原因|失败原因|流失原因|lost reason|loss reason"
    "|closed lost reason|reason for loss",
    "competitor": "竞争对手|竞品|主要竞争对手|competitor|competitors|main competitor",
    "campaign": "市场活动|营销活动|活动来源|campaign|campaign source|primary campaign source",
    "active": "是否启用|启用|是否有效|有效|启用状态|是否在售|active|is active|enabled"
    "|product active",
    "company": "公司|公司名|公司名称|企业名称|单位|单位名称|企业|工作单位|所在公司|所属公司"
    "|客户公司|所属单位|所在单位|company|company name|account name|organization|organisation"
    "|organization name|business name|employer",
    "feedback": "客户反馈|反馈|反馈内容|feedback",
    "result": "结果|跟进结果|处理结果|完成结果|result|outcome",
    "requirement": "需求|客户需求|需求描述|需求说明|requirement|requirements|needs",
}
"""Meaning → its words, separated by `|`."""
