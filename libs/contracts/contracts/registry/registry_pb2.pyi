from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class GetCertificateRequest(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: str
    def __init__(self, number: _Optional[str] = ...) -> None: ...

class VerifyCertificateRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("number", "unit_name", "variety", "count", "issued_on", "authority", "state", "state_name")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    UNIT_NAME_FIELD_NUMBER: _ClassVar[int]
    VARIETY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ISSUED_ON_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_NAME_FIELD_NUMBER: _ClassVar[int]
    number: str
    unit_name: str
    variety: str
    count: int
    issued_on: str
    authority: str
    state: str
    state_name: str
    def __init__(self, number: _Optional[str] = ..., unit_name: _Optional[str] = ..., variety: _Optional[str] = ..., count: _Optional[int] = ..., issued_on: _Optional[str] = ..., authority: _Optional[str] = ..., state: _Optional[str] = ..., state_name: _Optional[str] = ...) -> None: ...
