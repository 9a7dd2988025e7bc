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


def refusals(aws):
    def make(step, name="x", expression="rate(1 hour)", **more):
        given = {"Target": TARGET, "FlexibleTimeWindow": OFF} | more
        aws("scheduler.create_schedule", step, Name=name, ScheduleExpression=expression, **given)

    make("bad name", "no spaces")
    make("flexible without a window", "f1", FlexibleTimeWindow={"Mode": "FLEXIBLE"})
    make("window without flexible", "f2", FlexibleTimeWindow={"Mode": "OFF", "MaximumWindowInMinutes": 5})
    make("window too long", "f3", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441})
    make("no expression", "e1", "every day")
    make("zero rate", "e2", "rate(0 hours)")
    make("no moment", "e3", "at(2050-13-01T00:00:00)")
    make("no ARN", "t1", Target=TARGET | {"Arn": "nothing"})
    make("no role", "t2", Target=TARGET | {"RoleArn": "nothing"})
    make("too many retries", "t3", Target=TARGET | {"RetryPolicy": {"MaximumRetryAttempts": 186}})
    aws("scheduler.update_schedule", "nowhere", Name="nope", ScheduleExpression="rate(1 hour)", Target=TARGET, FlexibleTimeWindow=OFF)
    aws("scheduler.create_schedule_group", "bad name ", Name="no spaces")
    aws("scheduler.get_schedule_group", "nowhere ", Name="nope")
    aws("scheduler.delete_schedule_group", "nowhere  ", Name="nope")
    aws("scheduler.delete_schedule_group", "the default", Name="default")


def groups(aws):
    arn = aws("scheduler.create_schedule_group", Name="grouped", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    given = {"ScheduleExpression": "rate(1 hour)", "Target": TARGET, "FlexibleTimeWindow": OFF}
    aws("scheduler.create_schedule", Name="s", GroupName="grouped", **given)
    aws("scheduler.create_schedule", "same name elsewhere", Name="s", **given)
    aws("scheduler.get_schedule", Name="s", GroupName="grouped")
    aws("scheduler.list_schedules", "of the group", GroupName="grouped")
    aws("scheduler.list_schedule_groups")
    aws("scheduler.tag_resource", ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    aws("scheduler.list_tags_for_resource", ResourceArn=arn)
    aws("scheduler.untag_resource", ResourceArn=arn, TagKeys=["a"])
    aws("scheduler.list_tags_for_resource", "after", ResourceArn=arn)
    aws("scheduler.delete_schedule_group", Name="grouped")
    aws("scheduler.get_schedule", "in the deleted group", Name="s", GroupName="grouped")
