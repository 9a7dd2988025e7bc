//! Templates.

use aws_sdk_cloudformation::types::TemplateStage;

use super::CloudFormation;
use crate::error::AwsError;

/// Where a template is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// The text, at most 51,200 bytes, JSON or YAML.
    Body(String),
    /// An object in S3, at most 1 MB: `https://bucket.s3.region.amazonaws.com/key`.
    Url(String),
    /// The one that the stack has.
    Previous,
}

impl Template {
    /// The members `TemplateBody`, `TemplateURL`, `UsePreviousTemplate`.
    pub(super) fn into_members(self) -> (Option<String>, Option<String>, Option<bool>) {
        match self {
            Self::Body(body) => (Some(body), None, None),
            Self::Url(url) => (None, Some(url), None),
            Self::Previous => (None, None, Some(true)),
        }
    }
}

/// What a template says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSummary {
    /// For people.
    pub description: Option<String>,
    /// What it asks for.
    pub parameters: Vec<TemplateParameter>,
    /// `CAPABILITY_IAM`, `CAPABILITY_NAMED_IAM`: must be acknowledged.
    pub capabilities: Vec<String>,
    /// Which resources ask for the capabilities.
    pub capabilities_reason: Option<String>,
}

/// A parameter that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateParameter {
    /// The name.
    pub key: String,
    /// What it is when nothing is given; required if unset.
    pub default: Option<String>,
    /// Whether the value is hidden once given.
    pub no_echo: bool,
    /// For people.
    pub description: Option<String>,
}

impl CloudFormation<'_> {
    /// `ValidateTemplate`. Terminal, with AWS's words, if it is not a template.
    pub async fn validate_template(&self, template: Template) -> Result<TemplateSummary, AwsError> {
        self.0
            .call("ValidateTemplate", |cloudformation| async move {
                let (body, url, _) = template.into_members();
                let out = cloudformation
                    .validate_template()
                    .set_template_body(body)
                    .set_template_url(url)
                    .send()
                    .await?;
                let parameters = out.parameters.unwrap_or_default().into_iter();
                let capabilities = out.capabilities.unwrap_or_default();
                Ok(TemplateSummary {
                    description: out.description,
                    parameters: parameters
                        .map(|parameter| TemplateParameter {
                            key: parameter.parameter_key.unwrap_or_default(),
                            default: parameter.default_value,
                            no_echo: parameter.no_echo.unwrap_or_default(),
                            description: parameter.description,
                        })
                        .collect(),
                    capabilities: capabilities
                        .iter()
                        .map(|name| name.as_str().to_owned())
                        .collect(),
                    capabilities_reason: out.capabilities_reason,
                })
            })
            .await
    }

    /// `GetTemplate`: the text that the stack was made of, as it was sent.
    pub async fn get_template(&self, stack: &str) -> Result<String, AwsError> {
        self.0
            .call("GetTemplate", |cloudformation| async move {
                let out = cloudformation
                    .get_template()
                    .stack_name(stack)
                    .template_stage(TemplateStage::Original)
                    .send()
                    .await?;
                Ok(out.template_body.unwrap_or_default())
            })
            .await
    }
}
