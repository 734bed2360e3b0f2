"""Places for stores on a server of MariaDB or MySQL: databases."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

_NAME: Final = re.compile(r"[0-9A-Za-z_$-]{1,64}", re.ASCII)
_MAKE: Final = "CREATE DATABASE IF NOT EXISTS `{}` CHARACTER SET utf8mb4 COLLATE {}"


def make_database(url: URL, collation: str = "utf8mb4_nopad_bin") -> None:
    """Make the database that `url` names, if there is none, with `collation`.

    Where the server does not let us, or cannot be reached, whoever connects is told why.
    """
    name = str(url.database)
    if _NAME.fullmatch(name) is None:
        return
    engine = create_engine(url.set(database=""), poolclass=NullPool, hide_parameters=True)
    try:
        connection = engine.raw_connection()
        try:
            # A name that was checked.
            statement = _MAKE.format(name, collation)
            connection.cursor().execute(statement)
        finally:
            connection.close()
    except DBAPIError:
        return
    except Exception as error:
        # Cursors of the driver raise its own errors.
        if not hasattr(error, "args") or type(error).__module__.partition(".")[0] != "pymysql":
            raise
    finally:
        engine.dispose()
