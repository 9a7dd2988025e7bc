"""EventBridge Scheduler."""

TARGET = {"Arn": "arn:aws:sqs:eu-west-1:000000000000:q", "RoleArn": "arn:aws:iam::000000000000:role/scheduler"}
OFF = {"Mode": "OFF"}


def schedules(aws):
    make = lambda step, name, expression, **more: aws(  # noqa: E731
        "scheduler.create_schedule", step, Name=name, ScheduleExpression=expression, Target=TARGET, FlexibleTimeWindow=OFF, **more
    )
    make("create", "s", "rate(5 minutes)")
    make("again", "s", "rate(5 minutes)")
    make("bad rate", "t", "rate(5 minute)")
    make("bad cron", "t", "cron(0 0 * * * *)")
    make("at", "u", "at(2050-01-01T00:00:00)", ScheduleExpressionTimezone="Europe/Berlin")
    make("bad zone", "t", "rate(1 hour)", ScheduleExpressionTimezone="Mars/Olympus")
    make("no group", "t", "rate(1 hour)", GroupName="nowhere")
    aws("scheduler.get_schedule", Name="s")
    aws("scheduler.get_schedule", "nowhere", Name="nope")
    aws("scheduler.list_schedules", NamePrefix="s")
    aws("scheduler.update_schedule", Name="s", ScheduleExpression="rate(1 hour)", Target=TARGET, FlexibleTimeWindow=OFF)
    aws("scheduler.create_schedule_group", Name="g")
    aws("scheduler.create_schedule_group", "again ", Name="g")
    aws("scheduler.get_schedule_group", Name="g")
    aws("scheduler.delete_schedule_group", Name="g")
    aws("scheduler.delete_schedule", Name="s")
    aws("scheduler.delete_schedule", "again  ", Name="s")
