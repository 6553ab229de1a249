output "function_name" {
  value = aws_lambda_function.tick.function_name
}

output "function_arn" {
  value = aws_lambda_function.tick.arn
}
