# The template that `npm run package` writes, as a stack. No test applies this module: they parse it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

variable "name" {
  description = "The name of the stack, and the beginning of the names in it"
  type        = string
  default     = "rocketmq-lag-pusher-terraform"
}

variable "zip" {
  description = "The zip that npm run package wrote, with its template beside it"
  type        = string
}

variable "bucket" {
  description = "The bucket that the zip is uploaded to, in the region of the stack"
  type        = string
}

variable "parameters" {
  description = "Those of the template, all but CodeBucket and CodeKey"
  type        = map(string)
  default     = {}
}

# By another key when it is another zip: CloudFormation looks at nothing else.
resource "aws_s3_object" "code" {
  bucket = var.bucket
  key    = "rocketmq-lag-pusher-${filesha256(var.zip)}.zip"
  source = var.zip
}

resource "aws_cloudformation_stack" "lag_pusher" {
  name          = var.name
  template_body = file(replace(var.zip, "/zip$/", "template.json"))
  capabilities  = ["CAPABILITY_IAM"]
  parameters    = merge(var.parameters, { CodeBucket = var.bucket, CodeKey = aws_s3_object.code.key })
}

output "function_name" {
  value = aws_cloudformation_stack.lag_pusher.outputs["FunctionName"]
}
