variable "zip" {
  description = "The zip that npm run package wrote"
  type        = string
}

variable "name" {
  description = "The function's name, and the beginning of the names of its rules and alarms"
  type        = string
  default     = "rocketmq-lag-pusher-tick"
}

variable "ticks" {
  description = "One tick a minute each: a cluster, or a shard of it, {cluster = \"prod\", shard = \"1/4\"}, by a name of your choice"
  type        = map(object({ cluster = string, shard = optional(string) }))
  default     = { prod = { cluster = "prod" } }
}

variable "ssm_path" {
  description = "Settings are parameters below this path, those of one cluster below <path>/<cluster>"
  type        = string
  default     = "/rocketmq-lag-pusher"
}

variable "kms_key_arn" {
  description = "Only if SecureString parameters are under a key of your own"
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Where consoles and Pushgateway are private; SSM then needs an endpoint there, or a NAT gateway"
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "With subnet_ids"
  type        = list(string)
  default     = []
}

variable "reserved_concurrency" {
  description = "As many ticks at a time as there are in a minute; false where the account has none to spare"
  type        = bool
  default     = true
}

variable "memory_size_mb" {
  description = "Lambda gives CPU time in proportion"
  type        = number
  default     = 512
}

variable "log_retention_in_days" {
  description = "A number of days that CloudWatch takes"
  type        = number
  default     = 30
}

variable "log_kms_key_arn" {
  description = "Only if the log is to be under a key of your own"
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "Who is told by the alarms"
  type        = string
  default     = null
}

variable "role_path" {
  description = "Where roles have to be below a path"
  type        = string
  default     = "/"
}

variable "permissions_boundary_arn" {
  description = "Where roles have to be within one"
  type        = string
  default     = null
}
