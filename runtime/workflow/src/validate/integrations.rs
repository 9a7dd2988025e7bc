//! The services that Step Functions has optimized integrations with.

/// Which patterns an optimized integration has beside request-response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patterns {
    /// None.
    Response,
    /// `.sync`.
    Sync,
    /// `.waitForTaskToken`.
    Token,
    /// `.sync` and `.waitForTaskToken`.
    SyncToken,
    /// All.
    All,
}

/// Actions that have the same patterns.
pub(super) type Actions = (Patterns, &'static [&'static str]);

use Patterns::{All, Response, Sync, SyncToken, Token};

/// The optimized integrations, by service: actions that share patterns. Source: the developer
/// guide, "Integrating services with Step Functions".
pub(super) const OPTIMIZED: &[(&str, &[Actions])] = &[
    ("lambda", &[(Token, &["invoke"])]),
    ("sns", &[(Token, &["publish"])]),
    ("sqs", &[(Token, &["sendMessage"])]),
    ("events", &[(Token, &["putEvents"])]),
    ("apigateway", &[(Token, &["invoke"])]),
    ("http", &[(Response, &["invoke"])]),
    ("states", &[(All, &["startExecution"])]),
    (
        "dynamodb",
        &[(
            Response,
            &["getItem", "putItem", "updateItem", "deleteItem"],
        )],
    ),
    ("ecs", &[(SyncToken, &["runTask"])]),
    ("batch", &[(Sync, &["submitJob"])]),
    ("glue", &[(Sync, &["startJobRun"])]),
    ("databrew", &[(Sync, &["startJobRun"])]),
    ("mediaconvert", &[(Sync, &["createJob"])]),
    (
        "bedrock",
        &[
            (Response, &["invokeModel"]),
            (Sync, &["createModelCustomizationJob"]),
        ],
    ),
    (
        "athena",
        &[
            (Sync, &["startQueryExecution"]),
            (
                Response,
                &["stopQueryExecution", "getQueryExecution", "getQueryResults"],
            ),
        ],
    ),
    (
        "codebuild",
        &[
            (Sync, &["startBuild", "startBuildBatch", "retryBuildBatch"]),
            (
                Response,
                &[
                    "stopBuild",
                    "stopBuildBatch",
                    "batchDeleteBuilds",
                    "batchGetReports",
                    "deleteBuildBatch",
                ],
            ),
        ],
    ),
    (
        "eks",
        &[
            (
                Sync,
                &[
                    "createCluster",
                    "deleteCluster",
                    "createNodegroup",
                    "deleteNodegroup",
                    "createFargateProfile",
                    "deleteFargateProfile",
                    "runJob",
                ],
            ),
            (Response, &["call"]),
        ],
    ),
    (
        "elasticmapreduce",
        &[
            (Sync, &["createCluster", "terminateCluster", "addStep"]),
            (
                Response,
                &[
                    "cancelStep",
                    "setClusterTerminationProtection",
                    "modifyInstanceFleetByName",
                    "modifyInstanceGroupByName",
                ],
            ),
        ],
    ),
    (
        "emr-containers",
        &[
            (Sync, &["deleteVirtualCluster", "startJobRun"]),
            (Response, &["createVirtualCluster"]),
        ],
    ),
    (
        "emr-serverless",
        &[(
            Sync,
            &[
                "createApplication",
                "startApplication",
                "stopApplication",
                "deleteApplication",
                "startJobRun",
                "cancelJobRun",
            ],
        )],
    ),
    (
        "sagemaker",
        &[
            (
                Sync,
                &[
                    "createTrainingJob",
                    "createTransformJob",
                    "createProcessingJob",
                    "createLabelingJob",
                    "createHyperParameterTuningJob",
                ],
            ),
            (
                Response,
                &[
                    "createEndpoint",
                    "createEndpointConfig",
                    "createModel",
                    "updateEndpoint",
                ],
            ),
        ],
    ),
];
