"""The caller has to be the identity that the user named, in an account that the user named.

GetCallerIdentity needs no permission and costs nothing (AWS STS API Reference), so it is asked
before anything else. What it says is not repeated: an account's number appears only where the user
wrote it.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from harness.core.errors import StageError
from harness.stages.aws.options import Identity
from harness.stages.deployed.cloud import Cloud, without_key_ids


def admitted(identity: Identity) -> Cloud:
    """The way to AWS, once the caller is known to be who was named.

    Raises:
        StageError: it is not, or there are no credentials.
    """
    cloud = identity.cloud()
    if identity.accounts:
        check(identity, *caller(cloud))
    return cloud


def caller(cloud: Cloud) -> tuple[str, str]:
    """Account and ARN of the caller.

    Raises:
        StageError: there are no credentials, they are not valid, or nobody answers.
    """
    try:
        identity = cloud.client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        if cloud.endpoint:
            raise StageError(cloud.endpoint, without_key_ids(error),
                             "see that an emulator runs there") from None
        raise StageError("AWS credentials", without_key_ids(error),
                         "sign in, or name others with --aws-profile") from None
    return str(identity["Account"]), str(identity["Arn"])


def check(identity: Identity, account: str, arn: str) -> None:
    """See that an identity is the one that was named.

    Raises:
        StageError: it is another.
    """
    if account not in identity.accounts:
        raise StageError("AWS account", "the credentials belong to an account that no --account "
                         "names; nothing was sent", "use others, or name it with --account")
    if identity.role is not None and identity_of(arn) != identity_of(identity.role):
        raise StageError("AWS role", "the credentials do not belong to the one that --role names; "
                         "nothing was sent",
                         "assume it, or name the one you have (aws sts get-caller-identity)")


def identity_of(arn: str) -> tuple[str, ...]:
    """Partition, account, kind and name: the same for a role and for its sessions.

    A session's ARN is ``arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION``, without the role's path
    (IAM User Guide, "IAM identifiers").
    """
    _, partition, _, _, account, resource = arn.split(":", 5)
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        return partition, account, "role", name.split("/")[0]
    return partition, account, kind, name.rsplit("/", 1)[-1]
