// Broken glass as conditions on `plans p`.

/** The glass was broken for the plan. */
export const GLASS_BROKEN = "p.state #>> '{emergency,userId}' is not null";

/** As the index has it that lets a person break the glass once until somebody has looked. */
export const REVIEW_OPEN = `${GLASS_BROKEN} and p.state #>> '{emergency,review}' is null`;
