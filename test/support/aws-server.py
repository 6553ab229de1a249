"""moto's server. To CloudFormation a lint warning is no error; IAM knows some calls by other names than moto; where moto
does not know the resource, which is all but S3, the action alone is looked at; and nobody forges signatures here, some of
which moto takes for forged."""

from moto.cloudformation import models
from moto.iam.access_control import IAMPolicyStatement, IAMRequestBase
from moto.server import main

lint = models.validate_template_cfn_lint
models.validate_template_cfn_lint = lambda template: [match for match in lint(template) if match.rule.severity == "error"]

NAMES = {"s3:HeadBucket": "s3:ListBucket", "lambda:Invoke": "lambda:InvokeFunction"}
matches = IAMPolicyStatement._check_element_matches


def matches_as_aws(statement, element, value):
    if element == "Resource" and value == "*":
        return True
    return matches(statement, element, NAMES.get(value, value))


IAMPolicyStatement._check_element_matches = matches_as_aws
IAMRequestBase.check_signature = lambda request: None

main()
