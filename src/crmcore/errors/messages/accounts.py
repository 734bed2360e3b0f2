"""Sentences of the codes raised where people sign in."""

MESSAGES: dict[str, tuple[str, str]] = {
    "accounts_off": (
        "signing in is not kept in this workspace; somebody who configures it calls"
        " accounts.enable",
        "此工作区尚未启用登录管理，请由配置人员调用 accounts.enable",
    ),
    "bad_sign_in_policy": (
        "the sign-in policy does not make sense at {name}",
        "登录策略在 {name} 处不合理",
    ),
    "needs_user": (
        "only a user can do this for himself, not the system",
        "此操作只能由用户本人进行，系统不可代为执行",
    ),
    "sign_in_failed": (
        "login or password is not right",
        "用户名或密码不正确",
    ),
    "second_factor_needed": (
        "the code of the authenticator is needed too",
        "还需要验证器中的动态验证码",
    ),
    "too_many_attempts": (
        "too many attempts: try again in {seconds} seconds",
        "尝试次数过多，请在 {seconds} 秒后再试",
    ),
    "session_over": (
        "this session is over: sign in again",
        "会话已结束，请重新登录",
    ),
    "token_void": (
        "this token is used, expired or withdrawn: ask for another",
        "该令牌已使用、已过期或已撤销，请重新申请",
    ),
    "unknown_subject": (
        "nobody here is known by this identity: somebody who configures the workspace maps it",
        "此工作区不认识该身份，请由配置人员建立对应关系",
    ),
    "registration_off": (
        "nobody can register here",
        "此处不开放注册",
    ),
    "registration_by_invitation": (
        "one registers here by invitation only",
        "此处仅限受邀注册",
    ),
    "service_without_password": (
        "this is a service: it has tokens, no password",
        "这是服务账户，只使用令牌，没有密码",
    ),
    "not_a_service": (
        "tokens are issued to services only",
        "令牌只签发给服务账户",
    ),
    "no_password": (
        "set a password first",
        "请先设置密码",
    ),
    "password_no_text": (
        "a password is a text",
        "密码必须是文本",
    ),
    "password_too_short": (
        "a password has at least {limit} characters",
        "密码至少需要 {limit} 个字符",
    ),
    "password_too_long": (
        "a password has at most {limit} characters",
        "密码最多 {limit} 个字符",
    ),
    "password_names_you": (
        "a password must not contain the login or the name",
        "密码不得包含用户名或姓名",
    ),
    "password_well_known": (
        "this password is among the first that anybody tries",
        "这个密码太常见，容易被猜中",
    ),
    "wrong_code": (
        "this code is not right, or was used already",
        "验证码不正确或已使用过",
    ),
}
