# The same as serverless.yml deploys. Parsed and compared with the CloudFormation template by a test; not applied by one.

data "aws_partition" "this" {}
data "aws_region" "this" {}
data "aws_caller_identity" "this" {}

locals {
  here      = "${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"
  partition = data.aws_partition.this.partition
  in_vpc    = length(var.subnet_ids) > 0
  timeout_s = 55
  actions   = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
}

# The role may not create it: without it there would be no log at all.
resource "aws_cloudwatch_log_group" "tick" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_lambda_function" "tick" {
  function_name                  = var.name
  description                    = "Pushes RocketMQ consumer backlog to a Pushgateway"
  filename                       = var.zip
  source_code_hash               = filebase64sha256(var.zip)
  handler                        = "dist/handler.handler"
  runtime                        = "nodejs24.x"
  architectures                  = ["arm64"]
  timeout                        = local.timeout_s
  memory_size                    = var.memory_size_mb
  reserved_concurrent_executions = var.reserved_concurrency ? length(var.ticks) : -1
  role                           = aws_iam_role.tick.arn

  environment {
    variables = { SSM_PATH = var.ssm_path }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "DEBUG"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.tick.name
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [1] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  # Without the permission to join a VPC the function cannot be made.
  depends_on = [aws_iam_role_policy.tick]
}

# The next tick is a minute away: a late or repeated one would only stand in its way.
resource "aws_lambda_function_event_invoke_config" "tick" {
  function_name                = aws_lambda_function.tick.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_cloudwatch_event_rule" "tick" {
  for_each            = var.ticks
  name                = "${var.name}-${each.key}"
  description         = "A tick a minute for ${each.value.cluster}"
  schedule_expression = "rate(1 minute)"
  state               = "ENABLED"
}

resource "aws_cloudwatch_event_target" "tick" {
  for_each  = var.ticks
  rule      = aws_cloudwatch_event_rule.tick[each.key].name
  target_id = "tick"
  arn       = aws_lambda_function.tick.arn
  input     = jsonencode({ for key, value in each.value : key => value if value != null })

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_permission" "schedule" {
  for_each       = var.ticks
  statement_id   = "Schedule-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.tick.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.tick[each.key].arn
  source_account = data.aws_caller_identity.this.account_id
}
