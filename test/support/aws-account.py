"""What a deployment's test asks of the stand-in for AWS, by AWS' own library: `users` makes some, `create` and `delete` a
stack, `describe` tells what there is."""

import ast
import json
import sys

import boto3

endpoint, command = sys.argv[1:]


def client(service):
    return boto3.client(service, endpoint_url=endpoint)


def users(policies):
    """A user for each policy, by name, with the keys of each."""
    iam, made = client("iam"), {}
    for name, policy in policies.items():
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made[name] = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return made


def create(name, template, parameters, objects):
    """A stack, after each [bucket, key] of `objects` was uploaded to a bucket of its own."""
    for bucket, key in objects:
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client("s3").put_object(Bucket=bucket, Key=key, Body=b"zip")
    client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )


def delete(name):
    client("cloudformation").delete_stack(StackName=name)


def statements(document):
    """Those of a role's policy. moto keeps one that came by CloudFormation as Python would write it, with what is no value."""
    read = ast.literal_eval(document) if isinstance(document, str) else document
    return [statement for statement in read["Statement"] if statement is not None]


def describe():
    iam, events, functions = client("iam"), client("events"), client("lambda")
    rules = events.list_rules()["Rules"]
    roles = iam.list_roles()["Roles"]
    return {
        "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "logGroups": [
            {"name": group["logGroupName"], "arn": group["arn"], "retentionInDays": group.get("retentionInDays")}
            for group in client("logs").describe_log_groups()["logGroups"]
        ],
        "roles": [
            {"arn": role["Arn"], "statements": statements(iam.get_role_policy(RoleName=role["RoleName"], PolicyName="tick")["PolicyDocument"])}
            for role in roles
        ],
        "functions": [
            {
                "arn": function["FunctionArn"],
                "handler": function["Handler"],
                "timeout": function["Timeout"],
                "memorySizeMB": function["MemorySize"],
                "environment": function["Environment"]["Variables"],
                "reserved": functions.get_function(FunctionName=function["FunctionName"]).get("Concurrency", {}).get("ReservedConcurrentExecutions"),
                "permissions": json.loads(functions.get_policy(FunctionName=function["FunctionName"])["Policy"])["Statement"],
            }
            for function in functions.list_functions()["Functions"]
        ],
        "rules": [
            {"arn": rule["Arn"], "state": rule["State"], "schedule": rule["ScheduleExpression"], "targets": events.list_targets_by_rule(Rule=rule["Name"])["Targets"]}
            for rule in rules
        ],
    }


COMMANDS = {"users": users, "create": create, "delete": delete, "describe": describe}
print(json.dumps(COMMANDS[command](*json.load(sys.stdin))))
