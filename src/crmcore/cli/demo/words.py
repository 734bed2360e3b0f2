"""The words of which the demo book is made. All companies and people are invented."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class City:
    """A city with its region, its number in official codes and its area code."""

    name: str
    region: str
    division: str
    area: str


def _cities(lines: str) -> tuple[City, ...]:
    return tuple(City(*line.split()) for line in lines.strip().splitlines())


CITIES: Final = _cities("""
北京 华北 110105 010
天津 华北 120101 022
石家庄 华北 130102 0311
太原 华北 140105 0351
上海 华东 310115 021
南京 华东 320105 025
苏州 华东 320505 0512
无锡 华东 320211 0510
杭州 华东 330106 0571
宁波 华东 330203 0574
合肥 华东 340104 0551
福州 华东 350102 0591
厦门 华东 350203 0592
济南 华东 370102 0531
青岛 华东 370202 0532
广州 华南 440106 020
深圳 华南 440304 0755
东莞 华南 441900 0769
佛山 华南 440604 0757
南宁 华南 450103 0771
武汉 华中 420106 027
长沙 华中 430104 0731
郑州 华中 410105 0371
成都 西南 510107 028
重庆 西南 500103 023
昆明 西南 530102 0871
西安 西北 610113 029
兰州 西北 620102 0931
沈阳 东北 210102 024
大连 东北 210203 0411
哈尔滨 东北 230103 0451
""")


def _sounds(text: str) -> tuple[tuple[str, str], ...]:
    found = (pair.partition(":") for pair in text.split())
    return tuple((sign, sound) for sign, _, sound in found)


REGIONS: Final = ("华北", "华东", "华南", "华中", "西南", "西北", "东北")
INDUSTRIES: Final = {
    "制造业": ("精密机械", "电气设备", "新材料", "汽车零部件", "模具"),
    "信息技术": ("信息技术", "软件", "网络科技", "智能科技", "数据服务"),
    "批发零售": ("商贸", "贸易", "供应链管理", "百货", "食品"),
    "医疗健康": ("医疗器械", "生物科技", "医药", "健康管理"),
    "教育培训": ("教育咨询", "文化传播", "教育科技"),
    "建筑业": ("建设工程", "装饰工程", "建材", "园林工程"),
    "交通物流": ("物流", "国际货运", "仓储服务"),
    "金融": ("投资管理", "融资租赁", "企业管理咨询"),
}
LEVELS: Final = ("重点客户", "普通客户", "小客户")
SOURCES: Final = ("官网", "展会", "转介绍", "电话营销", "广告", "老客户介绍")
STAGES: Final = ("初步接触", "需求确认", "方案报价", "商务谈判", "赢单", "输单")
CHANCES: Final = ("0.1", "0.3", "0.5", "0.7", "1", "0")
SIZES: Final = (12, 28, 45, 80, 120, 260, 480, 900, 2400)
HOBBIES: Final = ("高尔夫", "茶艺", "摄影", "登山", "书法", "钓鱼", "羽毛球")
OWNERS: Final = ("李建国", "王秀英", "张晓东", "刘洋", "陈静", "赵敏")
POSITIONS: Final = (
    "总经理",
    "副总经理",
    "采购经理",
    "采购主管",
    "财务总监",
    "技术总监",
    "行政主管",
)
PRODUCTS: Final = (
    "生产管理系统", "年度维保服务", "设备采购", "仓储改造", "数据平台", "员工培训",
    "办公用品框架", "质检设备", "客服外包", "安全升级",
)  # fmt: skip
STREETS: Final = ("人民路", "建设大道", "科技园路", "中山路", "解放大街", "工业园东路", "创新大道")
REMARKS: Final = (
    "老客户推荐，价格敏感", "需每季度回访", "合同到期前一个月提醒", "对接人近期更换",
    "付款及时", "要求开具增值税专用发票", "希望参加年度客户答谢会", "偏好微信沟通",
)  # fmt: skip

# The characters of which names of companies are made, with their sound for mail addresses.
SYLLABLES: Final = _sounds(
    "华:hua 鑫:xin 瑞:rui 博:bo 远:yuan 盛:sheng 达:da 恒:heng 信:xin 泰:tai 丰:feng 宏:hong "
    "嘉:jia 诚:cheng 天:tian 海:hai 明:ming 德:de 润:run 康:kang 联:lian 创:chuang 兴:xing "
    "旭:xu 凯:kai 亿:yi 铭:ming 锦:jin 卓:zhuo 源:yuan 立:li 方:fang 普:pu 安:an 佳:jia 合:he "
    "众:zhong 腾:teng 飞:fei 星:xing 辰:chen 云:yun 启:qi 智:zhi 百:bai 新:xin 东:dong 金:jin"
)
SURNAMES: Final = _sounds(
    "王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou 徐:xu 孙:sun "
    "马:ma 朱:zhu 胡:hu 郭:guo 何:he 高:gao 林:lin 罗:luo 郑:zheng 梁:liang 欧阳:ouyang 单:shan"
)
GIVEN: Final = _sounds(
    "伟:wei 芳:fang 娜:na 敏:min 静:jing 丽:li 强:qiang 磊:lei 军:jun 洋:yang 勇:yong 艳:yan "
    "杰:jie 娟:juan 涛:tao 超:chao 霞:xia 平:ping 刚:gang 桂英:guiying 建华:jianhua "
    "志强:zhiqiang 海燕:haiyan 文博:wenbo 子轩:zixuan 雨桐:yutong 晓明:xiaoming 思远:siyuan"
)
