CREATE TABLE "operation_timings" (
	"operation" text PRIMARY KEY NOT NULL,
	"durations_ms" integer[] NOT NULL
);
