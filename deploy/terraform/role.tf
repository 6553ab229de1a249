data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# What the tick may do, and nothing besides.
data "aws_iam_policy_document" "tick" {
  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:/aws/lambda/${var.name}:log-stream:*"]
  }

  statement {
    sid     = "ReadOwnParameters"
    actions = ["ssm:GetParametersByPath"]
    resources = [
      "arn:${local.partition}:ssm:${local.here}:parameter${var.ssm_path}",
      "arn:${local.partition}:ssm:${local.here}:parameter${var.ssm_path}/*",
    ]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [1]
    content {
      sid       = "DecryptOwnParameters"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["ssm.${data.aws_region.this.region}.amazonaws.com", "ssm.${data.aws_region.this.region}.${data.aws_partition.this.dns_suffix}"]
      }
    }
  }

  # Lambda itself joins the VPC with these, and knows no interface before it has made it. The code may not use them.
  dynamic "statement" {
    for_each = local.in_vpc ? [1] : []
    content {
      sid       = "JoinVpc"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.in_vpc ? [1] : []
    content {
      sid       = "JoinVpcByLambdaOnly"
      effect    = "Deny"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
      resources = ["*"]
      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = ["arn:${local.partition}:lambda:${local.here}:function:${var.name}"]
      }
    }
  }
}

resource "aws_iam_role" "tick" {
  name                 = "${var.name}-${data.aws_region.this.region}"
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "tick" {
  name   = "tick"
  role   = aws_iam_role.tick.id
  policy = data.aws_iam_policy_document.tick.json
}
