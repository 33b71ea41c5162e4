ALTER TABLE "votes" ADD COLUMN "carried_from" integer;--> statement-breakpoint
ALTER TABLE "votes" ADD COLUMN "step_up" text;