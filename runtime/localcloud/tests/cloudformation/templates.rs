use serde_json::json;

use crate::stage::{Stage, parameter, refusal, resources};

/// What CloudFormation says of a template.
async fn said(template: &str) -> String {
    let stage = Stage::new();
    let create = stage
        .client
        .create_stack()
        .stack_name("mesh")
        .template_body(template);
    let (code, words) = refusal(create.send().await);
    assert!(
        ["ValidationError", "InsufficientCapabilitiesException"].contains(&code.as_str()),
        "{code}"
    );
    words
}

#[tokio::test]
async fn templates_that_are_none_are_refused_in_aws_words() {
    let handle = "AWS::CloudFormation::WaitConditionHandle";
    let cases = [
        ("[]".to_owned(), "Template format error: unsupported structure."),
        ("{}".to_owned(), "Template format error: At least one Resources member must be defined."),
        (
            json!({"Resources": {"A": {"Type": handle}}, "Extra": 1}).to_string(),
            "Invalid template property or properties [Extra]",
        ),
        (
            resources(json!({"A": {"Type": "A::B::C"}, "B": {"Type": "A::A::A"}})),
            "Template format error: Unrecognized resource types: [A::A::A, A::B::C]",
        ),
        (
            resources(json!({"A": {}})),
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        (
            resources(json!({"a-b": {"Type": handle}})),
            "Template format error: Resource name a-b is non alphanumeric.",
        ),
        (
            resources(json!({"A": {"Type": handle, "DependsOn": "B"}})),
            "Template format error: Unresolved resource dependencies [B] in the Resources block of \
             the template",
        ),
        (
            resources(json!({"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Nobody"}}}})),
            "Template format error: Unresolved resource dependencies [Nobody] in the Resources block \
             of the template",
        ),
        (
            resources(json!({"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "x-${Nobody}"}}}})),
            "Template format error: Unresolved resource dependencies [Nobody] in the Resources block \
             of the template",
        ),
        (
            resources(json!({
                "A": {"Type": handle, "DependsOn": "B"},
                "B": {"Type": handle, "DependsOn": "C"},
                "C": {"Type": handle, "DependsOn": "A"},
                "D": {"Type": handle, "DependsOn": "A"},
            })),
            "Circular dependency between resources: [A, B, C]",
        ),
        (
            resources(json!({"A": {"Type": "AWS::S3::Bucket"}, "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::GetAtt": ["A", "Size"]}}}})),
            "Template error: resource A does not support attribute type Size in Fn::GetAtt",
        ),
        (
            json!({"Resources": {"A": {"Type": handle, "Condition": "Never"}}}).to_string(),
            "Template format error: Unresolved condition dependency Never in the Resources block of \
             the template",
        ),
        (
            json!({"Resources": {"A": {"Type": handle}}, "Outputs": {"O": {"Value": {"Ref": "B"}}}}).to_string(),
            "Template format error: Unresolved resource dependencies [B] in the Outputs block of the \
             template",
        ),
        (
            resources(json!({"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": null}}})),
            "Template format error: [/Resources/A/Properties/BucketName] 'null' values are not \
             allowed in templates",
        ),
        (
            resources(json!({"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}})),
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
        ),
        (
            json!({"Parameters": {"P": {"Type": "String"}}, "Resources": {"A": {"Type": handle}}}).to_string(),
            "Parameters: [P] must have values",
        ),
        ("a: [".to_owned(), "Template format error: YAML not well-formed. (line 2, column 1)"),
        (
            json!({
                "Mappings": {"M": {"a": {"b": "c"}}},
                "Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::FindInMap": ["M", "a", "x"]}}}},
            })
            .to_string(),
            "Template error: Unable to get mapping for M::a::x",
        ),
    ];
    for (template, words) in cases {
        assert_eq!(said(&template).await, words, "{template}");
    }
}

#[tokio::test]
async fn parameters_must_fit_their_rules() {
    let stage = Stage::new();
    let template = json!({
        "Parameters": {
            "Size": {"Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 5},
            "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 4, "Default": "abc"},
            "Env": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
            "Code": {"Type": "String", "AllowedPattern": "x", "ConstraintDescription": "say x", "Default": "x"},
        },
        "Resources": {"A": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    })
    .to_string();
    for (key, value, words) in [
        (
            "Size",
            "0",
            "Parameter 'Size' must be a number not less than 1",
        ),
        (
            "Size",
            "11",
            "Parameter 'Size' must be a number not greater than 10",
        ),
        ("Size", "x", "Parameter 'Size' must be a number"),
        (
            "Name",
            "a",
            "Parameter 'Name' must contain at least 2 characters",
        ),
        (
            "Name",
            "abcde",
            "Parameter 'Name' must contain at most 4 characters",
        ),
        ("Name", "AB", "Parameter 'Name' must match pattern [a-z]+"),
        (
            "Env",
            "test",
            "Parameter 'Env' must be one of AllowedValues",
        ),
        (
            "Code",
            "y",
            "Parameter Code failed to satisfy constraint: say x",
        ),
        (
            "Other",
            "y",
            "Parameters: [Other] do not exist in the template",
        ),
    ] {
        let create = stage
            .client
            .create_stack()
            .stack_name("mesh")
            .template_body(&template);
        let refused = create.parameters(parameter(key, value)).send().await;
        assert_eq!(refusal(refused).1, words);
    }
}

/// Every function in its short form; the outputs say what came of them.
const FUNCTIONS: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Description: functions
Parameters:
  Env: {Type: String, Default: dev}
  Names: {Type: CommaDelimitedList, Default: 'a, b ,c'}
  Secret: {Type: String, NoEcho: true, Default: hush}
Mappings:
  Sizes:
    dev: {buckets: '1'}
    prod: {buckets: '9'}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Either: !Or [!Condition IsProd, !Condition IsDev]
  Both: !And [!Condition IsProd, !Condition IsDev]
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Join ['-', [!Ref 'AWS::StackName', !Ref Env]]
      VersioningConfiguration: !If
        - IsProd
        - Status: Enabled
        - !Ref AWS::NoValue
  Never:
    Type: AWS::S3::Bucket
    Condition: IsProd
Outputs:
  Ref: {Value: !Ref Lake}
  Att: {Value: !GetAtt Lake.Arn}
  Sub: {Value: !Sub '${Lake}/${AWS::Region}/${!Literal}'}
  SubMap:
    Value: !Sub
      - '${x}-${Env}'
      - {x: !Select [1, !Ref Names]}
  Join: {Value: !Join [',', !Split ['/', 'x/y']]}
  If: {Value: !If [Either, yes-it-is, no-it-is-not]}
  Map: {Value: !FindInMap [Sizes, !Ref Env, buckets]}
  Base64: {Value: !Base64 hello}
  Account: {Value: !Sub '${AWS::AccountId}.${AWS::Partition}.${AWS::URLSuffix}'}
  Hidden: {Value: x, Condition: Both}
"#;

#[tokio::test]
async fn every_function_is_evaluated() {
    let stage = Stage::new();
    let id = stage.created("mesh", FUNCTIONS).await;
    let stack = stage.stack("mesh").await;
    let outputs: Vec<(&str, &str)> = stack
        .outputs()
        .iter()
        .map(|output| (output.output_key().unwrap(), output.output_value().unwrap()))
        .collect();
    assert_eq!(
        outputs,
        [
            ("Ref", "mesh-dev"),
            ("Att", "arn:aws:s3:::mesh-dev"),
            ("Sub", "mesh-dev/eu-west-1/${Literal}"),
            ("SubMap", "b-dev"),
            ("Join", "x,y"),
            ("If", "yes-it-is"),
            ("Map", "1"),
            ("Base64", "aGVsbG8="),
            ("Account", "111122223333.aws.amazonaws.com"),
        ]
    );
    assert_eq!(stack.stack_id(), Some(id.as_str()));
    let hidden = stack
        .parameters()
        .iter()
        .find(|p| p.parameter_key() == Some("Secret"))
        .unwrap();
    assert_eq!(hidden.parameter_value(), Some("****"));
    let listed = stage
        .client
        .list_stack_resources()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.stack_resource_summaries().len(), 1);
    let summary = stage
        .client
        .get_template_summary()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(summary.resource_types(), ["AWS::S3::Bucket"]);
    assert_eq!(summary.parameters().len(), 3);
}

#[tokio::test]
async fn a_template_can_be_an_object() {
    let stage = Stage::new();
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    let location = aws_sdk_s3::types::CreateBucketConfiguration::builder()
        .location_constraint("eu-west-1".into())
        .build();
    let create = s3.create_bucket().bucket("templates");
    create
        .create_bucket_configuration(location)
        .send()
        .await
        .unwrap();
    let put = s3.put_object().bucket("templates").key("mesh/t.yaml");
    put.body(FUNCTIONS.as_bytes().to_vec().into())
        .send()
        .await
        .unwrap();
    for url in [
        "https://templates.s3.eu-west-1.amazonaws.com/mesh/t.yaml",
        "https://s3.eu-west-1.amazonaws.com/templates/mesh/t.yaml",
    ] {
        let validate = stage.client.validate_template().template_url(url);
        let validated = validate.send().await.unwrap();
        assert_eq!(validated.description(), Some("functions"));
    }
    let validate = stage
        .client
        .validate_template()
        .template_url("https://templates.s3.eu-west-1.amazonaws.com/none");
    assert!(refusal(validate.send().await).1.starts_with("S3 error: "));
}
