use std::collections::BTreeMap;

use super::*;

const YAML: &str = "
Description: A bucket.
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - Label: { default: Sizes }
        Parameters: [Size, Name]
    ParameterLabels:
      Name: { default: The name }
Parameters:
  Environment: { Type: String, AllowedValues: [dev, staging, prod] }
  Name: { Type: String, MinLength: 2, MaxLength: 4, AllowedPattern: '[a-z]+', ConstraintDescription: short and small }
  Size: { Type: Number, Default: 3, MinValue: 1, MaxValue: 9.5 }
  Password: { Type: String, NoEcho: true }
  Zones: { Type: CommaDelimitedList, Default: 'a,b', AllowedValues: [a, b] }
  Subnet: { Type: 'AWS::EC2::Subnet::Id', Default: subnet-1 }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub '${Name}-${Environment}'
      Tags: !If [Big, [{ Key: a, Value: !Ref Size }], !Ref 'AWS::NoValue']
";

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|&(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

#[test]
fn yaml_with_short_forms_is_read_in_the_order_of_its_form() {
    let template = Template::parse(YAML).unwrap();
    let names: Vec<&str> = template
        .parameters
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["Size", "Name", "Environment", "Password", "Zones", "Subnet"]
    );
    assert_eq!(template.description, "A bucket.");
    let name = template.parameter("Name").unwrap();
    assert_eq!(
        (name.label.as_str(), name.group.as_str()),
        ("The name", "Sizes")
    );
    assert_eq!((name.min_length, name.max_length), (Some(2), Some(4)));
    let size = template.parameter("Size").unwrap();
    assert_eq!(size.default.as_deref(), Some("3"));
    assert_eq!(size.max_value.as_deref(), Some("9.5"));
    assert!(template.parameter("Password").unwrap().no_echo);
}

#[test]
fn json_is_read_as_well() {
    let json =
        r#"{"Parameters":{"A":{"Type":"String","NoEcho":"True"}},"Resources":{"R":{"Type":"T"}}}"#;
    let template = Template::parse(json).unwrap();
    assert!(template.parameter("A").unwrap().no_echo);
}

#[test]
fn what_is_no_template_is_refused_with_its_fault() {
    for (text, fault) in [
        ("", "is empty"),
        ("[1]", "must be an object"),
        ("{a: 1", "neither JSON nor YAML"),
        ("Resources: {}", "at least one member in Resources"),
        ("{Resources: {A: {}}, Parameters: [1]}", "not an object"),
        ("{Resources: {A: {}}, Parameters: {P: 1}}", "parameter P"),
        (
            "{Resources: {A: {}}, Parameters: {P: {}}}",
            "without a Type",
        ),
        (
            "{Resources: {A: {}}, Parameters: {P: {Type: String, MinLength: x}}}",
            "MinLength is not a whole number",
        ),
    ] {
        let error = Template::parse(text).unwrap_err();
        assert!(error.contains(fault), "{text:?}: {error}");
    }
    let long = format!("Resources: {{A: {{}}}}\n#{}", "x".repeat(MAX_TEMPLATE));
    assert!(Template::parse(&long).unwrap_err().contains("split it"));
}

#[test]
fn every_constraint_is_checked_and_named() {
    let template = Template::parse(YAML).unwrap();
    let judge = |pairs: &[(&str, &str)]| template.check(&values(pairs), |_| false);
    let good = [
        ("Environment", "dev"),
        ("Name", "abc"),
        ("Size", "9.5"),
        ("Password", ""),
        ("Zones", "b, a"),
    ];
    assert_eq!(judge(&good), []);
    for (name, value, fault) in [
        ("Environment", "test", "one of dev, staging, prod"),
        ("Name", "a", "2 characters at least (short and small)"),
        ("Name", "abcde", "4 characters at most"),
        ("Name", "ab1", "the pattern [a-z]+"),
        ("Size", "0", "1 at least"),
        ("Size", "10", "9.5 at most"),
        ("Size", "many", "a number"),
        ("Size", "NaN", "a number"),
        ("Zones", "a,c", "one of a, b"),
        ("Subnet", "", "AWS::EC2::Subnet::Id"),
        ("Colour", "red", "no such parameter; it has Size, Name"),
    ] {
        let found = judge(&[(name, value)]);
        assert_eq!(found.len(), 1, "{name}={value}: {found:?}");
        assert_eq!(found[0].0, name);
        assert!(found[0].1.contains(fault), "{found:?}");
    }
}

#[test]
fn a_value_is_missing_only_where_the_template_has_no_default() {
    let template = Template::parse(YAML).unwrap();
    let found = template.check(&BTreeMap::new(), |parameter| {
        parameter.name != "Environment"
    });
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Name", "Password"]);
}
