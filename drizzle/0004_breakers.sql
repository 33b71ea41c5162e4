CREATE TABLE "breakers" (
	"target" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" json NOT NULL
);
