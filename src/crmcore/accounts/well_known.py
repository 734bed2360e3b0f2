"""Passwords that everybody tries first, and what people make of them."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    123456 password qwerty admin administrator root guest user test testing demo login welcome
    letmein secret default changeme master super supervisor manager system server database iloveyou
    loveyou love monkey dragon football baseball basketball soccer hockey superman batman sunshine
    princess shadow michael jennifer jordan hunter killer trustno ashley bailey charlie andrew
    matthew daniel jessica thomas robert george william ginger pepper cookie cheese banana orange
    purple yellow silver golden summer winter spring autumn monday friday january february march
    april june july august september october november december freedom whatever computer internet
    samsung google facebook twitter apple microsoft windows linux ubuntu android iphone starwars
    pokemon naruto mustang ferrari porsche mercedes corvette yamaha harley merlin maggie buster
    tigger access money matrix hello world helloworld passw0rd passwd pass pwd pw abc abcd abcdef
    abc123 qwe asd zxc qaz wsx edc asdf zxcv qwer qwert asdfg zxcvb zxcvbn zxcvbnm asdfghjkl
    qwertyuiop qazwsx qazwsxedc 1qaz2wsx 1q2w3e 1q2w3e4r 1q2w3e4r5t zaq12wsx q1w2e3 q1w2e3r4 a1b2c3
    a1s2d3 qweasd qweasdzxc asdqwe aaa bbb xxx ninja lovely angel babygirl liverpool chelsea arsenal
    barcelona juventus phoenix eagle tiger lion panda chocolate flower diamond forever family
    friends mother father hannah sophie nicole michelle crm crmcore sales customer company office
    service support oracle mysql postgres mongodb redis woaini wo ai ni woaiwojia woaizhongguo
    woaiziji woaimama woaibaba aini ainiyiwannian nihao nihaoma woshishui woshini woshi laopo
    laogong baobao baobei qinaide xiaobao xiaoxiao xiaoxin xiaoming zhongguo china beijing shanghai
    guangzhou shenzhen hangzhou chengdu tianjin wuhan nanjing taobao alipay zhifubao weixin wechat
    qq tencent baidu alibaba jingdong huawei xiaomi weibo mima mimashi wodemima meiyoumima
    wobuzhidao buzhidao haohao haohaoxuexi tiantianxiangshang tiancai feichang kuaile xingfu
    jiankang gongxi facai gongxifacai zhang wang li liu chen yang zhao huang zhou wu xu sun hu zhu
    gao lin he guo ma luo liang song zheng xie han tang feng yu dong xiao cheng cao yuan deng fu
    shen zeng peng lu su jiang cai jia ding wei xue ye yan pan du dai xia zhong tian ren fan fang
    shi yao tan liao zou xiong jin hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan
    lei qian yin chang zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei
    wangxiuying zhangli lili zhangsan lisi wangwu zhaoliu asdasd zxczxc qweqwe aabbcc
    客户 密码 我爱你 你好
    管理员 公司 销售 测试 中国 老婆 老公 宝贝
"""
_TAILS: Final = """
    0 1 2 3 5 6 7 8 9 00 01 007 10 11 12 13 21 22 23 69 77 88 99 100 101 110 111 112 119 120 123
    1234 12345 123456 1234567 12345678 123456789 1234567890 0123456789 321 4321 54321 654321
    987654321 520 521 5201314 1314 1314520 1314521 5211314 5203344 3344 3344520 147 258 369 147258
    147258369 147852 147852369 159 357 159357 159753 789 456 456789 789456 789456123 741852
    741852963 963852741 110110 112233 11223344 1122334455 121212 131313 123123 123321 12344321
    1234321 123654 123789 102030 10203040 142536 010203 101010 246810 13579 1357924680 2468 4008 668
    686 866 886 888 918 666 6666 66666 666666 8888 88888 888888 999 9999 000 0000 000000 111111
    222222 333333 555555 777
"""
_ROWS: Final = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "147258369",
    "!@#$%^&*()",
)
_LEET: Final = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s"})
_LONGEST_PIECE: Final = 24
_SHORTEST_RUN: Final = 3
_MOST_PIECES: Final = 3
_SHORTEST_NUMBER: Final = 16
_SIGNS: Final = frozenset("!@#$%^&*()-_=+.,?~ ")

_WORDS_ALONE: Final = frozenset(_WORDS.split())
_PIECES: Final = _WORDS_ALONE.union(_TAILS.split())
_RUNS: Final = tuple(one for row in _ROWS for one in (row, row[::-1]))


def is_well_known(folded: str) -> bool:
    """Whether `folded` is made of what everybody tries: at most three words, numbers or walks."""
    if folded.isdigit() and len(folded) < _SHORTEST_NUMBER:
        return True  # A phone number, a birthday.
    return _is_repeated(folded) or _is_composed(folded) or _is_interleaved(folded)


def _is_repeated(text: str) -> bool:
    """Whether a short part is all there is, over and over."""
    return any(
        text == (text[:size] * len(text))[: len(text)] for size in range(1, min(5, len(text)))
    )


def _is_interleaved(text: str) -> bool:
    """Whether two walks take turns."""
    return len(text) >= 2 * _SHORTEST_RUN and all(map(_is_walk, (text[::2], text[1::2])))


def _is_composed(text: str) -> bool:
    """Whether `text` can be cut into few known pieces; signs between them count for nothing."""
    least = [0] + [_MOST_PIECES + 1] * len(text)
    for end in range(1, len(text) + 1):
        if text[end - 1] in _SIGNS:
            least[end] = least[end - 1]
        for start in range(max(0, end - _LONGEST_PIECE), end):
            cost = least[start] + 1
            if cost < least[end] and _is_piece(text[start:end]):
                least[end] = cost
    return least[-1] <= _MOST_PIECES


def _is_piece(part: str) -> bool:
    is_word = part in _PIECES or part.translate(_LEET) in _WORDS_ALONE
    return len(part) == 1 or is_word or _is_year(part) or _is_walk(part)


def _is_walk(part: str) -> bool:
    """One key over and over, or keys beside each other."""
    if len(part) < _SHORTEST_RUN:
        return False
    return len(set(part)) == 1 or any(part in run for run in _RUNS)


def _is_year(part: str) -> bool:
    """A year, or a day of one."""
    is_number = part.isascii() and part.isdigit()
    return is_number and len(part) in (4, 6, 8) and part[:2] in ("19", "20")
