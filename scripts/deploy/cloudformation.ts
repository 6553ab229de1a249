/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

export const ref = (id: string) => ({ Ref: id });
export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
export const sub = (text: string) => ({ 'Fn::Sub': text });

/** The ARN of something in the stack's own region and account. */
export const here = (service: string, rest: string) => sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);
