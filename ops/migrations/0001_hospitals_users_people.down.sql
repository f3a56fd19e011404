-- The extension btree_gist stays: another schema of the database may use it.
DROP TABLE person_hospitals;
DROP TABLE persons;
DROP TABLE hospital_holidays;
ALTER TABLE hospitals DROP CONSTRAINT hospitals_deleted_by_fkey;
DROP TABLE users;
DROP TABLE hospitals;
