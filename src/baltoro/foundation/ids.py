"""Ids are distinct types. All are positive integers below 2**31: some k6 generations decode int32."""

from typing import NewType

UserId = NewType("UserId", int)
OrganizationId = NewType("OrganizationId", int)
ProjectId = NewType("ProjectId", int)
TokenId = NewType("TokenId", int)
LoadTestId = NewType("LoadTestId", int)
RunId = NewType("RunId", int)
ThresholdId = NewType("ThresholdId", int)
JobId = NewType("JobId", int)

MAX_ID = 2**31 - 1
