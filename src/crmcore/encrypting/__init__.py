"""Fields that lie encrypted in the store: keys, and a backend around any other."""

from crmcore.encrypting.backend import encrypting
from crmcore.encrypting.keyring import Keyring, new_keys, read_keys

__all__ = ["Keyring", "encrypting", "new_keys", "read_keys"]
